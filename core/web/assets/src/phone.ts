// The simulated phone: shows what the provider's side holds and speaks through the real webhook.
import { toast } from "./app";

interface Choice { id: string; title: string; description: string }
interface Body { type: string; text?: string; title?: string; buttons?: Choice[]; rows?: Choice[]; button?: string; caption?: string; name?: string; emoji?: string }
interface Bubble { id: string; from_customer: boolean; body: Body; ticks: string; at: string }
interface Screen { bubbles: Bubble[]; typing: boolean; version: number }

export function start(): void {
  const stage = document.getElementById("simulator")!;
  const say = stage.dataset as Record<string, string>;
  const ticks = say.ticks!.split("|");
  const screen = document.getElementById("screen")!;
  const status = document.getElementById("sim-status")!;
  const number = status.textContent;
  const handset = document.getElementById("handset") as HTMLSelectElement;
  const input = document.getElementById("say-text") as HTMLInputElement;
  let version = -1;
  let clockAhead = Date.parse(document.getElementById("sim-now")!.dataset.now!) - Date.now();

  async function post(what: string, body: object): Promise<boolean> {
    try {
      const response = await fetch(`${say.base}/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      if (!response.ok) {
        const problem = await response.json().catch(() => null);
        toast(problem?.errors?.[0]?.reason ?? problem?.title ?? document.body.dataset.failed ?? "");
      } else if (what === "clock") {
        clockAhead = Date.parse((await response.json()).now) - Date.now();
        showClock();
      }
      return response.ok;
    } catch {
      toast(document.body.dataset.failed ?? "");
      return false;
    }
  }

  async function speak(body: Body): Promise<void> {
    const chosen = handset.selectedOptions[0];
    if (!chosen) return;
    if (!(await post("say", { phone: chosen.value, name: chosen.dataset.name ?? "", body })) && body.type === "text") input.value = body.text ?? "";
    await poll();
  }

  async function poll(): Promise<void> {
    const phone = handset.value;
    if (!phone) return;
    try {
      const response = await fetch(`${say.base}/screen?phone=${encodeURIComponent(phone)}${version < 0 ? "" : `&version=${version}`}`);
      if (response.status !== 200) return;
      const answer = (await response.json()) as { screen: Screen; now: string };
      if (phone !== handset.value) return;
      version = answer.screen.version;
      clockAhead = Date.parse(answer.now) - Date.now();
      draw(answer.screen);
      showClock();
      if (document.visibilityState === "visible" && answer.screen.bubbles.some((bubble) => !bubble.from_customer && (bubble.ticks === "sent" || bubble.ticks === "delivered"))) void post("look", { phone });
    } catch {
      // The next round asks again.
    }
  }

  function draw(shown: Screen): void {
    const atEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 120;
    const nodes: Node[] = shown.bubbles.flatMap((bubble, at) => bubbleNodes(bubble, at === shown.bubbles.length - 1));
    if (nodes.length === 0) nodes.push(element("p", "say-hello", say.hello!));
    if (shown.typing) {
      const dots = element("div", "say-typing", "");
      dots.setAttribute("aria-label", say.typing!);
      dots.setAttribute("role", "img");
      dots.append(document.createElement("i"), document.createElement("i"), document.createElement("i"));
      nodes.push(dots);
    }
    screen.replaceChildren(...nodes);
    status.textContent = shown.typing ? say.typing! : number;
    if (atEnd) screen.scrollTop = screen.scrollHeight;
  }

  function bubbleNodes(bubble: Bubble, last: boolean): Node[] {
    const box = element("div", bubble.from_customer ? "say mine" : "say", "");
    const text = element("p", "", "");
    text.append(...styled(words(bubble.body)));
    const foot = element("div", "say-foot", "");
    foot.append(element("time", "", clock(bubble.at)));
    if (bubble.from_customer) foot.append(tick(bubble.ticks));
    box.append(text, foot);
    const choices = element("div", "say-buttons", "");
    if (!bubble.from_customer && bubble.body.type === "buttons") for (const button of bubble.body.buttons ?? []) choices.append(choice(button, button.title));
    if (!bubble.from_customer && bubble.body.type === "list") {
      const opener = element("button", "", `☰ ${bubble.body.button ?? say.choose}`) as HTMLButtonElement;
      opener.type = "button";
      opener.addEventListener("click", () => sheet(bubble.body));
      choices.append(opener);
    }
    if (last && choices.childElementCount > 0) choices.dataset.last = "true";
    return choices.childElementCount > 0 ? [box, choices] : [box];
  }

  function choice(of: Choice, title: string): HTMLButtonElement {
    const button = element("button", "", title) as HTMLButtonElement;
    button.type = "button";
    button.addEventListener("click", () => {
      (document.getElementById("rows-sheet") as HTMLDialogElement).close();
      void speak({ type: "chosen", id: of.id, title: of.title } as Body);
    });
    return button;
  }

  function sheet(body: Body): void {
    const dialog = document.getElementById("rows-sheet") as HTMLDialogElement;
    document.getElementById("rows-h")!.textContent = body.button ?? say.choose!;
    document.getElementById("rows-body")!.replaceChildren(...(body.rows ?? []).map((row) => {
      const button = choice(row, row.title);
      if (row.description) button.append(element("small", "", row.description));
      return button;
    }));
    dialog.showModal();
  }

  function words(body: Body): string {
    return body.text ?? body.title ?? body.caption ?? body.name ?? body.emoji ?? `[${say.media}]`;
  }

  function tick(state: string): HTMLElement {
    const at = ["queued", "sent", "delivered", "read", "failed"].indexOf(state === "played" ? "read" : state);
    const mark = element("span", state === "read" || state === "played" ? "is-read" : state === "delivered" ? "is-two" : "", ["◷", "✓", "✓✓", "✓✓", "!"][at] ?? "");
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", ticks[at] ?? "");
    return mark;
  }

  function clock(at: string): string {
    return new Date(at).toLocaleTimeString(say.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: say.zone });
  }

  function showClock(): void {
    const now = new Date(Date.now() + clockAhead);
    const date = now.toLocaleDateString(say.lang, { weekday: "short", day: "numeric", month: "short", timeZone: say.zone });
    document.getElementById("sim-now")!.textContent = `${date} · ${clock(now.toISOString())}`;
  }

  document.getElementById("say")!.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    void speak({ type: "text", text });
  });
  handset.addEventListener("change", () => {
    version = -1;
    screen.replaceChildren();
    void poll();
  });
  document.getElementById("new-phone")!.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const [name, phone] = [String(form.get("name")), String(form.get("phone")).trim()];
    const option = new Option(`${name} · ${phone}`, phone, true, true);
    option.dataset.name = name;
    handset.append(option);
    handset.dispatchEvent(new Event("change"));
    input.focus();
  });
  document.getElementById("clear")!.addEventListener("click", () => void post("clear", { phone: handset.value }).then(poll));
  document.querySelectorAll<HTMLElement>("[data-advance]").forEach((button) => button.addEventListener("click", () => void post("clock", { advance_seconds: Number(button.dataset.advance) })));
  document.querySelector("[data-real]")?.addEventListener("click", () => void post("clock", { real: true }));
  document.getElementById("set-clock")?.addEventListener("submit", (event) => {
    event.preventDefault();
    void post("clock", { set_to: String(new FormData(event.target as HTMLFormElement).get("to")) });
  });
  void poll();
  window.setInterval(() => void poll(), 700);
  window.setInterval(showClock, 20_000);
}

/** WhatsApp's own marks: *bold* and _italic_, as elements and never as markup. */
function styled(text: string): Node[] {
  return text.split(/(\*[^*\n]+\*|_[^_\n]+_)/).filter(Boolean).map((part) => {
    if (part.length > 2 && part.startsWith("*") && part.endsWith("*")) return element("strong", "", part.slice(1, -1));
    if (part.length > 2 && part.startsWith("_") && part.endsWith("_")) return element("em", "", part.slice(1, -1));
    return document.createTextNode(part);
  });
}

function element(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.textContent = text;
  return made;
}
