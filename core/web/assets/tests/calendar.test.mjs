// The calendar: a lane for each resource, bookings that appear, move and snap back without reload.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BASE, SLUG, breaches, done, logIn, open, unique } from "./desk.mjs";

after(done);

const EVENT = ".ec-event:not(.ec-bg-event)";

async function atCalendar(size) {
  const desk = await open(size);
  await logIn(desk.page);
  await desk.page.goto(`${BASE}/t/${SLUG}/calendar`);
  await desk.page.locator(".ec-col-head").first().waitFor();
  return desk;
}

/** The next day that has free space is found by walking; a fresh start in the middle of it is given back. */
async function feed(page, days) {
  return page.evaluate(async ([url, days]) => {
    const now = document.getElementById("calendar").dataset.now.slice(0, 10);
    return (await fetch(`${url}?first=${now}&days=${days}`)).json();
  }, [`/t/${SLUG}/calendar/feed`, days]);
}

test("day has a lane for each resource, week has seven days", async () => {
  const { page, context, troubles } = await atCalendar();
  const lanes = (await feed(page, 1)).resources.map((lane) => lane.title);
  assert.ok(lanes.length > 0);
  for (const lane of lanes) await page.locator(".ec-header", { hasText: lane }).waitFor();
  await page.click("[data-cal=week]");
  await page.locator(".ec-week-view").waitFor();
  assert.deepEqual(await breaches(page), []);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("a booking made in one window appears in another by itself", async () => {
  const one = await atCalendar();
  const other = await atCalendar();
  await other.page.evaluate(() => { window.sameDocument = true; });
  const week = await feed(one.page, 21);
  const start = freeStart(week);
  for (const { page } of [one, other]) await goTo(page, start.at.slice(0, 10));
  const name = unique("Prueba");
  await one.page.click("[data-cal=new]");
  await one.page.fill("#drawer [name=start]", start.at.slice(0, 16));
  await pickService(one.page, start.lane);
  await one.page.fill("#drawer [name=name]", name);
  await one.page.fill("#drawer [name=phone]", `+52551${Math.floor(1_000_000 + Math.random() * 8_999_999)}`);
  await one.page.click("#drawer form.stack button.primary");
  await one.page.locator("#drawer [data-booking]").waitFor({ timeout: 10_000 });
  await other.page.locator(EVENT, { hasText: name }).waitFor({ timeout: 10_000 });
  assert.equal(await other.page.evaluate(() => window.sameDocument), true);
  assert.deepEqual(await breaches(one.page), []);
  assert.deepEqual([...one.troubles, ...other.troubles], []);
  await one.context.close();
  await other.context.close();
});

/** A start in which some lane is neither booked, blocked nor closed for three hours. */
function freeStart(feed) {
  const time = (text) => new Date(`${text}Z`).getTime();
  const now = time(feed.now);
  for (let day = 1; day < 20; day += 1) {
    for (const lane of feed.resources) {
      for (let hour = 9; hour < 20; hour += 1) {
        const at = new Date(now + day * 86_400_000).toISOString().slice(0, 10) + `T${String(hour).padStart(2, "0")}:00:00`;
        const [from, to] = [time(at), time(at) + 3 * 3_600_000];
        const clash = feed.events.some((event) => event.lanes.includes(lane.id) && time(event.start) < to && from < time(event.end));
        if (!clash) return { at, lane: lane.id };
      }
    }
  }
  throw new Error("the demo is fully booked");
}

/** Anybody may take it: the service decides who can. */
async function pickService(page) {
  await page.locator("#drawer [name=service]").selectOption({ index: 0 });
}

async function goTo(page, date) {
  for (let step = 0; step < 25; step += 1) {
    const shown = await page.evaluate(() => document.getElementById("calendar").dataset.first);
    if (shown === date) return;
    await page.click("[data-cal=next]");
    await page.waitForTimeout(120);
  }
  throw new Error(`the calendar does not reach ${date}`);
}

test("dragging onto a taken time snaps back and says why; clicking opens the drawer", async () => {
  const { page, context, troubles } = await atCalendar();
  const all = (await feed(page, 14)).events.filter((event) => event.kind === "booking");
  const movable = all.find((event) => event.movable && all.some((other) => other.id !== event.id && other.start.slice(0, 10) === event.start.slice(0, 10)));
  if (!movable) return void (await context.close());
  await goTo(page, movable.start.slice(0, 10));
  const mine = page.locator(EVENT, { hasText: movable.title }).first();
  await mine.waitFor();
  const target = all.find((event) => event.id !== movable.id && event.start.slice(0, 10) === movable.start.slice(0, 10) && ["confirmed", "arrived", "held", "pending_approval"].includes(event.state));
  if (target) {
    const before = await mine.boundingBox();
    const there = await page.locator(EVENT, { hasText: target.title }).last().boundingBox();
    await page.mouse.move(before.x + 30, before.y + 8);
    await page.mouse.down();
    await page.mouse.move(there.x + 30, there.y + 12, { steps: 12 });
    await page.mouse.up();
    // Nothing is moved before it is asked whether the customer hears of it.
    await page.click("#ask button[value=quiet]");
    await page.locator(".toast").waitFor({ timeout: 10_000 });
    troubles.splice(0); // A refusal is a 409, which Chromium writes to the console.
  }
  await page.locator(EVENT, { hasText: movable.title }).first().click();
  await page.locator("#drawer[open] [data-booking]").waitFor();
  assert.deepEqual(await breaches(page), []);
  assert.deepEqual(troubles, []);
  await context.close();
});
