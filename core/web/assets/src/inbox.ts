// The inbox alive: list and thread follow the stream, the keyboard walks, a draft is never lost.
import htmx from "htmx.org";
import { csrf } from "./app";
import { fetched, settle, swapCount } from "./live";

const thread = () => document.querySelector<HTMLElement>("[data-thread]");
const rows = () => [...document.querySelectorAll<HTMLAnchorElement>("[data-row]")];

export function start(): void {
  const refresh = settle(() => void refreshAll(), 120);
  document.addEventListener("fd:message", refresh);
  document.addEventListener("fd:conversation", refresh);
  document.addEventListener("fd:status", refresh);
  document.addEventListener("fd:booking", refresh);
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset.file) upload(event.target);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if ((event.target as HTMLElement).id === "thread") opened();
  });
  window.addEventListener("popstate", () => location.reload());
  if (thread()) opened();
  document.querySelector<HTMLElement>(".inbox")!.dataset.ready = "true";
}

/** A thread came on screen: mark it, scroll to its end, tell that it was read. */
function opened(): void {
  const open = thread();
  const id = open?.dataset.conversation;
  document.querySelector(".inbox")?.classList.toggle("has-thread", Boolean(open));
  for (const row of rows()) {
    if (row.id === `row-${id}`) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  toEnd();
  markRead();
}

function toEnd(): void {
  const messages = document.getElementById("messages");
  if (messages) messages.scrollTop = messages.scrollHeight;
}

function markRead(): void {
  const url = thread()?.dataset.read;
  if (!url || document.visibilityState !== "visible") return;
  const row = document.getElementById(`row-${thread()?.dataset.conversation}`);
  if (row && !row.classList.contains("is-unread")) return;
  void fetch(url, { method: "POST", headers: { "x-csrf-token": csrf() } });
}

async function refreshAll(): Promise<void> {
  await Promise.all([refreshList(), refreshThread()]);
  markRead();
}

async function refreshList(): Promise<void> {
  const list = document.getElementById("rows");
  if (!list) return;
  const focused = document.activeElement?.id;
  const page = await fetched(`/t${location.pathname.split("/t").slice(1).join("/t").split("/inbox")[0]}/inbox${location.search}`, false);
  const fresh = page?.getElementById("rows");
  if (!fresh) return;
  list.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
  document.querySelector(".tabs")?.replaceWith(document.adoptNode(page!.querySelector(".tabs")!));
  swapCount(page);
  document.getElementById(`row-${thread()?.dataset.conversation}`)?.setAttribute("aria-current", "true");
  htmx.process(list);
  if (focused?.startsWith("row-")) document.getElementById(focused)?.focus();
}

async function refreshThread(): Promise<void> {
  const url = thread()?.dataset.thread;
  if (!url || new URLSearchParams(location.search).has("before")) return;
  const page = await fetched(url, true);
  if (!page || thread()?.dataset.thread !== url) return;
  const messages = document.getElementById("messages");
  const atEnd = !messages || messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  swap(page, "messages", true);
  const owner = document.getElementById("owner")?.textContent;
  swap(page, "owner", true);
  swap(page, "card", false);
  // The composer changes only with who answers, so that a draft survives.
  if (owner !== document.getElementById("owner")?.textContent) {
    swap(page, "ownership", false);
    swap(page, "composer", false);
  }
  if (atEnd) toEnd();
}

function swap(page: Document, id: string, inner: boolean): void {
  const here = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!here || !fresh || here.innerHTML === fresh.innerHTML) return;
  if (inner) here.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
  else here.replaceWith(document.adoptNode(fresh));
  const now = document.getElementById(id);
  if (now) htmx.process(now);
}

/** Sends the chosen file with the written words as its caption; what goes wrong is told beside the bar. */
function upload(input: HTMLInputElement): void {
  const file = input.files?.[0];
  const place = document.getElementById("upload");
  const told = place?.querySelector<HTMLElement>("[role=status]");
  const bar = place?.querySelector("progress");
  if (!file || !place || !told || !bar) return;
  const words = document.querySelector<HTMLTextAreaElement>("[data-reply]");
  const fail = (text: string) => {
    told.textContent = text;
    told.classList.add("bubble-failure");
    bar.hidden = true;
    input.value = "";
    input.disabled = false;
  };
  place.hidden = false;
  told.classList.remove("bubble-failure");
  if (file.size > Number(input.dataset.most)) return fail(told.dataset.tooLarge ?? "");
  told.textContent = `${told.dataset.sending} ${file.name}`;
  bar.hidden = false;
  bar.value = 0;
  input.disabled = true;
  const caption = words?.value.trim() ?? "";
  const query = new URLSearchParams({ name: file.name, caption, key: crypto.randomUUID() });
  const request = new XMLHttpRequest();
  request.open("POST", `${input.dataset.file}?${query}`);
  request.setRequestHeader("x-csrf-token", csrf());
  request.setRequestHeader("content-type", file.type || "application/octet-stream");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("error", () => fail(document.body.dataset.failed ?? ""));
  request.addEventListener("load", () => {
    if (request.status !== 200) {
      if (request.status === 413) return fail(told.dataset.tooLarge ?? "");
      return fail(request.response?.errors?.[0]?.reason ?? document.body.dataset.failed ?? "");
    }
    if (words && words.value.trim() === caption) words.value = "";
    place.hidden = true;
    input.value = "";
    input.disabled = false;
    void refreshThread().then(toEnd);
  });
  request.send(file);
}

function onKey(event: KeyboardEvent): void {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
  if (typing) {
    if (event.key === "Escape") (event.target as HTMLElement).blur();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && (event.target as HTMLElement).matches("[data-reply]")) {
      event.preventDefault();
      (event.target as HTMLTextAreaElement).form?.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement);
  const from = at >= 0 ? at : all.findIndex((row) => row.getAttribute("aria-current"));
  switch (event.key) {
    case "j": all[Math.min(from + 1, all.length - 1)]?.focus(); break;
    case "k": all[Math.max(from - 1, 0)]?.focus(); break;
    case "r": document.querySelector<HTMLElement>("[data-reply]")?.focus(); break;
    case "t": document.querySelector<HTMLElement>("[data-take]")?.click(); break;
    case "Escape": document.querySelector<HTMLElement>(".back")?.offsetParent && document.querySelector<HTMLElement>(".back")?.click(); break;
    case "?": (document.getElementById("keys") as HTMLDialogElement | null)?.showModal(); break;
    default: return;
  }
  event.preventDefault();
}
