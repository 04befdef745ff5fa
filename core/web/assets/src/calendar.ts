// The calendar: lanes by resource, drawn in the location's wall time, moved by dragging, live by the stream.
import { createCalendar, Interaction, ResourceTimeGrid, TimeGrid } from "@event-calendar/core";
import htmx from "htmx.org";
import { csrf, toast } from "./app";
import { settle } from "./live";

interface Entry {
  id: string; kind: "booking" | "block" | "closed" | "shut"; lanes: string[]; start: string; end: string;
  title: string; detail: string; state: string; version: number; movable: boolean;
}
interface Feed { now: string; grid_minutes: number; from: string; to: string; resources: { id: string; title: string }[]; events: Entry[]; notes: { date: string; name: string; closed: boolean }[] }
interface Opening { from: string; resources: { name: string }[] }
// The widget's own types do not cover the fields we attach.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Any = any;

const pad = (n: number) => String(n).padStart(2, "0");
const day = (date: Date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
const wall = (date: Date) => `${day(date)}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
const clock = (date: Date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;

export function start(): void {
  const place = document.getElementById("calendar")!;
  const say = place.dataset as Record<string, string>;
  const base = say.bookings!.replace(/bookings$/, "");
  const drawer = document.getElementById("drawer") as HTMLDialogElement;
  const phone = window.matchMedia("(max-width: 760px)");

  let week = false;
  let names = new Map<string, string>();
  const events = (feed: Feed): Any[] => [
    // Without lanes one lane's break would look like everybody's: there only what holds for all is drawn.
    ...feed.events.filter((entry) => entry.kind === "booking" || (week ? entry.kind === "shut" : entry.kind !== "shut")).map((entry) => ({
      id: entry.id, resourceIds: entry.lanes, start: entry.start, end: entry.end, title: entry.title,
      display: entry.kind === "booking" ? "auto" : "background",
      startEditable: entry.movable, durationEditable: false,
      classNames: [`state-${entry.state}`, `kind-${entry.kind}`],
      extendedProps: entry,
    })),
    { id: "now", resourceIds: feed.resources.map((lane) => lane.id), start: feed.now, end: minutesLater(feed.now, 2), title: "", display: "background", classNames: ["kind-now"], extendedProps: { kind: "now" } },
  ];

  const calendar: Any = (createCalendar as Any)(place, [ResourceTimeGrid, TimeGrid, Interaction], {
    view: "resourceTimeGridDay", date: say.now, headerToolbar: { start: "", center: "", end: "" },
    locale: say.lang, firstDay: 1, allDaySlot: false, nowIndicator: false, height: "100%",
    slotDuration: "00:30", slotHeight: 36, slotLabelInterval: "01:00",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    scrollTime: scrollTo(say.now!), resources: [], editable: true, longPressDelay: 350, pointer: false,
    dayHeaderFormat: { weekday: "short", day: "numeric" },
    eventSources: [{ events: (info: { start: Date; end: Date }) => load(info.start, info.end) }],
    eventContent: (info: Any) => {
      const entry = info.event.extendedProps as Entry;
      if (entry.kind !== "booking") return { domNodes: [document.createTextNode(info.event.title)] };
      const box = document.createElement("div");
      box.className = "ev";
      const short = info.event.end.getTime() - info.event.start.getTime() < 40 * 60_000;
      const time = `${clock(info.event.start)}–${clock(info.event.end)}`;
      const who = week ? `${entry.lanes.map((lane) => names.get(lane) ?? "").join(", ")} · ` : "";
      box.append(line("strong", info.event.title), line("span", short ? `${who}${entry.detail}` : `${who}${time}`, "ev-time"), ...(short ? [] : [line("span", entry.detail)]));
      box.setAttribute("title", `${info.event.title} · ${time} · ${entry.detail}`);
      return { domNodes: [box] };
    },
    eventClick: (info: Any) => {
      if (info.event.extendedProps.kind === "booking") open(`${say.bookings}/${info.event.id}`);
      if (info.event.extendedProps.kind === "block") open(`${base}blocks/${info.event.id}`);
    },
    dateClick: (info: Any) => open(newUrl(wall(info.date), info.resource?.id)),
    eventDrop: (info: Any) => void drop(info),
    datesSet: (info: Any) => title(info.start, info.end),
  });

  const settled = () => {
    plainRoles(place);
    reachable(place, phone.matches);
  };
  settled();
  new MutationObserver(settled).observe(place, { childList: true, subtree: true });

  async function load(from: Date, to: Date): Promise<Any[]> {
    const days = Math.max(1, Math.round((to.getTime() - from.getTime()) / 86_400_000));
    const response = await fetch(`${say.feed}?first=${day(from)}&days=${days}`);
    if (response.status === 401) location.assign("/login");
    if (!response.ok) throw new Error(String(response.status));
    const feed = (await response.json()) as Feed;
    names = new Map(feed.resources.map((lane) => [lane.id, lane.title]));
    const lanes = JSON.stringify(feed.resources);
    if (lanes !== place.dataset.lanes) {
      place.dataset.lanes = lanes;
      calendar.setOption("resources", feed.resources);
    }
    if (`${feed.from}${feed.to}` !== place.dataset.hours) {
      place.dataset.hours = `${feed.from}${feed.to}`;
      calendar.setOption("slotMinTime", feed.from);
      calendar.setOption("slotMaxTime", feed.to);
    }
    calendar.setOption("snapDuration", { minutes: feed.grid_minutes });
    note(feed);
    return events(feed);
  }

  /** Holidays and other days that are not like others, above the lanes. */
  function note(feed: Feed): void {
    const told = feed.notes.map((one) => {
      const date = new Date(`${one.date}T12:00:00`).toLocaleDateString(say.lang, { weekday: "short", day: "numeric", month: "short" });
      return `${date}: ${one.name}${one.closed ? ` (${say.closed})` : ""}`;
    });
    const place = document.getElementById("cal-note")!;
    place.textContent = told.join(" · ");
    place.hidden = told.length === 0;
  }

  async function drop(info: Any): Promise<void> {
    const lane: string | undefined = info.newResource?.id;
    const before = { start: wall(info.oldEvent.start), resource: info.oldResource?.id as string | undefined };
    const asked = await ask(`${info.event.title} · ${clock(info.event.start)}`);
    if (asked !== "tell" && asked !== "quiet") return info.revert();
    const notify = asked === "tell";
    const answer = await move(info.event.id, wall(info.event.start), lane, info.event.extendedProps.version, notify);
    if (!answer.ok) {
      info.revert();
      toast(`${say.notMoved} ${answer.why}`);
      return;
    }
    calendar.refetchEvents();
    toast(`${say.moved} ${clock(info.event.start)}`, {
      label: say.undo!,
      run: () => void move(info.event.id, before.start, before.resource, answer.version, notify).then(() => calendar.refetchEvents()),
    });
  }

  /** Whether to move it, and whether the customer hears of it; nothing is written before the answer. */
  function ask(what: string): Promise<string> {
    const dialog = document.getElementById("ask") as HTMLDialogElement;
    document.getElementById("ask-what")!.textContent = what;
    dialog.returnValue = "";
    return new Promise((answer) => {
      dialog.addEventListener("close", () => answer(dialog.returnValue), { once: true });
      dialog.showModal();
    });
  }

  async function move(id: string, start: string, resource: string | undefined, version: number, notify: boolean): Promise<{ ok: true; version: number } | { ok: false; why: string }> {
    try {
      const response = await fetch(`${say.bookings}/${id}/drag`, {
        method: "POST", headers: { "content-type": "application/json", "x-csrf-token": csrf() },
        body: JSON.stringify({ start, version, notify, ...(resource ? { resource } : {}) }),
      });
      const answer = await response.json();
      if (response.ok) return { ok: true, version: answer.version };
      const reasons = (answer.reasons ?? []).map((reason: { text: string }) => reason.text).join(" ") || answer.title;
      const free = ((answer.alternatives ?? []) as Opening[]).slice(0, 3).map((opening) => told(opening)).join(", ");
      return { ok: false, why: free ? `${reasons} ${say.instead} ${free}` : reasons };
    } catch {
      return { ok: false, why: document.body.dataset.failed ?? "" };
    }
  }

  function told(opening: Opening): string {
    const at = new Date(opening.from).toLocaleTimeString(say.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: say.zone });
    return opening.resources[0] ? `${at} ${opening.resources[0].name}` : at;
  }

  function newUrl(start: string, resource?: string): string {
    const query = new URLSearchParams({ start });
    if (resource) query.set("resource", resource);
    if (say.customer) query.set("customer", say.customer);
    return `${say.bookings}/new?${query}`;
  }

  /** The next quarter of an hour on the day that is shown. */
  function soon(): string {
    const quarter = 15 * 60_000;
    const now = new Date(Math.ceil(new Date(say.now!).getTime() / quarter) * quarter);
    return place.dataset.first && place.dataset.first > day(now) ? `${place.dataset.first}T${clock(now)}` : wall(now);
  }

  function open(url: string): void {
    void htmx.ajax("get", url, { target: "#drawer-body", swap: "innerHTML" }).then(() => {
      if (!drawer.open) drawer.showModal();
    });
  }

  function title(from: Date, to: Date): void {
    place.dataset.first = day(from);
    const last = new Date(to.getTime() - 86_400_000);
    const one = from.toLocaleDateString(say.lang, { weekday: "long", day: "numeric", month: "long" });
    const format = new Intl.DateTimeFormat(say.lang, { day: "numeric", month: "short", year: "numeric" });
    const text = last > from ? format.formatRange(from, last) : one;
    document.getElementById("cal-title")!.textContent = text.charAt(0).toLocaleUpperCase(say.lang) + text.slice(1);
  }

  document.querySelectorAll<HTMLElement>("[data-cal]").forEach((button) => button.addEventListener("click", () => act(button.dataset.cal!)));
  document.querySelectorAll<HTMLElement>("[data-cal-open]").forEach((button) => button.addEventListener("click", () => open(`${base}${button.dataset.calOpen}?start=${soon()}`)));
  function act(what: string): void {
    if (what === "prev" || what === "next") calendar[what]();
    if (what === "today") calendar.setOption("date", say.now);
    if (what === "new") open(newUrl(soon()));
    if (what !== "day" && what !== "week") return;
    week = what === "week";
    calendar.setOption("view", what === "day" ? "resourceTimeGridDay" : "timeGridWeek");
    calendar.refetchEvents();
    for (const view of ["day", "week"]) document.querySelector(`[data-cal="${view}"]`)?.setAttribute("aria-pressed", String(view === what));
  }

  drawer.addEventListener("click", (event) => {
    const target = event.target as HTMLElement;
    if (target === drawer || target.closest("[data-close]")) drawer.close();
  });
  document.body.addEventListener("htmx:afterSwap", () => calendar.refetchEvents());
  const refresh = settle(() => {
    calendar.refetchEvents();
    const shown = drawer.open ? drawer.querySelector<HTMLElement>("[data-booking]")?.dataset.booking : undefined;
    if (shown && !drawer.contains(document.activeElement?.closest("details[open]") ?? null)) void htmx.ajax("get", `${say.bookings}/${shown}`, { target: "#drawer-body", swap: "innerHTML" });
  }, 150);
  document.addEventListener("fd:booking", refresh);
  window.setInterval(() => calendar.refetchEvents(), 60_000);
  if (say.open) open(`${say.bookings}/${say.open}`);
  else if (say.at) {
    calendar.setOption("date", say.at);
    open(newUrl(say.at, say.lane));
  } else if (say.customer) open(newUrl(soon()));
  if (phone.matches) calendar.setOption("slotHeight", 32);
}

/** The widget calls itself a table whose rows hold buttons, which is none; to a screen reader it is a group of bookings. */
function plainRoles(place: HTMLElement): void {
  for (const part of place.querySelectorAll('[role="table"], [role="rowgroup"], [role="row"], [role="rowheader"], [role="columnheader"], [role="cell"]')) {
    if (part.classList.contains("ec")) part.setAttribute("role", "group");
    else part.removeAttribute("role");
  }
  for (const part of place.querySelectorAll("[aria-colindex], [aria-rowindex], [aria-colcount], [aria-rowcount]")) {
    for (const name of ["aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount"]) part.removeAttribute(name);
  }
}

/** What scrolls must be scrolled by keyboard too: a day without a booking has nothing in it to stop at. */
function reachable(place: HTMLElement, narrow: boolean): void {
  for (const lanes of place.querySelectorAll<HTMLElement>(".ec-main")) {
    lanes.tabIndex = 0;
    lanes.setAttribute("aria-labelledby", "cal-title");
  }
  if (narrow) place.tabIndex = 0;
}

function line(tag: string, text: string, name = ""): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

function minutesLater(at: string, minutes: number): string {
  return wall(new Date(new Date(at).getTime() + minutes * 60_000));
}

function scrollTo(now: string): string {
  const hour = Math.max(0, Number(now.slice(11, 13)) - 2);
  return `${pad(hour)}:00`;
}
