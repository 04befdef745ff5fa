// Each page at desk and phone width, light and dark: renders, obeys the policy, passes axe, does not scroll sideways.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ADMIN, BASE, SLUG, breaches, done, logIn, open } from "./desk.mjs";

after(done);

const MEMBER_PAGES = [`/t/${SLUG}`, `/t/${SLUG}/inbox`, `/t/${SLUG}/calendar`];
const OPEN_PAGES = ["/simulator", `/simulator/${SLUG}`];

for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844 }, { width: 1440, height: 900, dark: true }]) {
  const name = `${size.width} px${size.dark ? ", dark" : ""}`;
  test(`pages are sound at ${name}`, async () => {
    const { page, context, troubles } = await open(size);
    const check = async (what) => {
      assert.deepEqual(await breaches(page), [], `${what} at ${name}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${what} at ${name} is ${wide} px too wide`);
    };
    await page.goto(`${BASE}/login`);
    await check("/login");
    await logIn(page);
    for (const path of [...MEMBER_PAGES, ...OPEN_PAGES]) {
      await page.goto(BASE + path);
      await page.waitForTimeout(500);
      await check(path);
    }
    // A day without a booking has nothing in it to stop at, and still must be scrolled by keyboard.
    await page.route("**/calendar/feed?*", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), events: [] } });
    });
    await page.goto(`${BASE}/t/${SLUG}/calendar`);
    await page.waitForTimeout(500);
    await check("a calendar without bookings");
    await page.goto(`${BASE}/t/${SLUG}/inbox`);
    const row = page.locator("[data-row]").first();
    if (await row.count()) {
      await row.click();
      await page.locator("[data-thread]").waitFor();
      await check("a thread");
    }
    assert.deepEqual(troubles, []);
    await context.close();
  });
}

test("a page that does not exist says so, in a frame that passes axe", async () => {
  const { page, context } = await open();
  const answer = await page.goto(`${BASE}/nowhere`);
  assert.equal(answer.status(), 404);
  assert.deepEqual(await breaches(page), []);
  await context.close();
});

test("the platform admin sees businesses and modules, a member does not", async () => {
  const { page, context, troubles } = await open();
  await logIn(page, ADMIN);
  assert.equal(new URL(page.url()).pathname, "/admin");
  assert.ok((await page.locator("tbody tr").count()) > 0);
  assert.deepEqual(await breaches(page), []);
  assert.deepEqual(troubles, []);
  await context.close();
});
