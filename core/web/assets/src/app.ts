// What runs on every page: htmx under our policy, toasts, and the part that the page at hand needs.
import htmx from "htmx.org";
import { follow } from "./live";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;

document.addEventListener("htmx:configRequest", (event) => {
  const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  detail.headers["x-csrf-token"] = csrf();
});
// A refused form still answers with the part that says why.
document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed ?? ""));
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.failed ?? ""));

export function csrf(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
}

/** One line at the bottom, with at most one thing to do about it. */
export function toast(text: string, action?: { label: string; run: () => void }): void {
  const place = document.getElementById("toasts");
  if (!place || !text) return;
  const line = document.createElement("div");
  line.className = "toast";
  line.append(Object.assign(document.createElement("span"), { textContent: text }));
  if (action) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: action.label });
    button.addEventListener("click", () => {
      line.remove();
      action.run();
    });
    line.append(button);
  }
  place.replaceChildren(line);
  window.setTimeout(() => line.remove(), action ? 9000 : 5000);
}

follow();
if (document.querySelector(".inbox")) void import("./inbox").then((part) => part.start());
if (document.getElementById("calendar")) void import("./calendar").then((part) => part.start());
if (document.getElementById("simulator")) void import("./phone").then((part) => part.start());
