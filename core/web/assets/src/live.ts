// The tenant's event stream, told to the page as DOM events of the names "fd:message", "fd:conversation", "fd:booking".

export interface Change {
  seq: number;
  kind: string;
  subject: string;
}

export function follow(): void {
  const url = document.body.dataset.events;
  const light = document.getElementById("live");
  if (!url) return;
  const source = new EventSource(url);
  const show = (on: boolean) => {
    if (!light) return;
    light.classList.toggle("is-off", !on);
    light.textContent = (on ? document.body.dataset.live : document.body.dataset.reconnecting) ?? "";
  };
  source.addEventListener("open", () => show(true));
  source.addEventListener("error", () => show(false));
  source.addEventListener("change", (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as Change;
    document.dispatchEvent(new CustomEvent(`fd:${change.kind}`, { detail: change }));
    document.dispatchEvent(new CustomEvent("fd:any", { detail: change }));
  });
  document.addEventListener("fd:any", settle(refreshOverview, 250));
  window.addEventListener("pagehide", () => source.close());
}

/** Runs `work` once things have been quiet for `quiet` milliseconds. */
export function settle(work: () => void, quiet: number): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(work, quiet);
  };
}

/** The same address again, as a document; null when it cannot be had now. */
export async function fetched(url: string, part: boolean): Promise<Document | null> {
  try {
    const headers: Record<string, string> = part ? { "hx-request": "true" } : {};
    const response = await fetch(url, { headers });
    if (response.redirected && new URL(response.url).pathname === "/login") location.assign("/login");
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  } catch {
    return null;
  }
}

async function refreshOverview(): Promise<void> {
  const here = document.getElementById("overview");
  const count = document.getElementById("nav-count");
  if (!here && (!count || document.querySelector(".inbox"))) return;
  const page = await fetched(location.pathname, false);
  const fresh = page?.getElementById("overview");
  if (here && fresh) here.replaceWith(document.adoptNode(fresh));
  swapCount(page);
}

export function swapCount(page: Document | null): void {
  const fresh = page?.getElementById("nav-count");
  if (fresh) document.getElementById("nav-count")?.replaceWith(document.adoptNode(fresh));
}
