// What every browser test needs: a real Chromium, a member who is logged in, and a watch on console, policy and dialogs.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const BASE = process.env.BASE_URL ?? "http://127.0.0.1:8080";
export const SLUG = process.env.DEMO_SLUG ?? "luz";
export const EMAIL = process.env.DEMO_EMAIL ?? "sofia@luz.example";
export const ADMIN = process.env.DEMO_ADMIN ?? "admin@frontdesk.example";
export const PASSWORD = process.env.DEMO_PASSWORD ?? "frontdesk-demo";
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
export async function open({ width = 1440, height = 900, dark = false } = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"],
  });
  const context = await browser.newContext({
    viewport: { width, height }, locale: "es-MX", colorScheme: dark ? "dark" : "light", reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (line) => line.type() === "error" && troubles.push(`console: ${line.text()}`));
  page.on("pageerror", (error) => troubles.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => { troubles.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(BASE) && !request.url().startsWith("data:")) troubles.push(`foreign request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { page, context, troubles };
}

export async function logIn(page, email = EMAIL) {
  await page.goto(`${BASE}/login`);
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", PASSWORD);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/login")), page.click("button.primary")]);
}

/** Breaches of WCAG A and AA on the page as it is now. The engine runs beside the page's policy, not under it. */
export async function breaches(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Runtime.evaluate", { expression: axe });
  const { result } = await client.send("Runtime.evaluate", {
    expression: `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }).then((found) =>
      JSON.stringify(found.violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message ?? "")).join(" | "))))`,
    awaitPromise: true, returnByValue: true,
  });
  return JSON.parse(result.value);
}

export async function done() {
  await browser?.close();
  browser = undefined;
}

/** A text nobody else says. */
export const unique = (text) => `${text} ${Math.random().toString(36).slice(2, 8)}`;

export async function sayOnPhone(phonePage, text) {
  await phonePage.fill("#say-text", text);
  await phonePage.press("#say-text", "Enter");
  await phonePage.locator(".say.mine", { hasText: text }).waitFor();
}
