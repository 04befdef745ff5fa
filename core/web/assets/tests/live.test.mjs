// A customer writes in the simulator and the dashboard changes by itself; a person takes over and answers.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { BASE, SLUG, breaches, done, logIn, open, sayOnPhone, unique } from "./desk.mjs";

after(done);

test("what a customer says appears in list and thread without reload, and the answer on the phone", async () => {
  const desk = await open();
  const phone = await open({ width: 390, height: 844 });
  await logIn(desk.page);
  await desk.page.goto(`${BASE}/t/${SLUG}/inbox`);
  await desk.page.evaluate(() => { window.sameDocument = true; });
  await phone.page.goto(`${BASE}/simulator/${SLUG}`);
  const hello = unique("hola");
  await sayOnPhone(phone.page, hello);
  const row = desk.page.locator("[data-row]", { hasText: hello });
  await phone.page.locator(".say:not(.mine)").first().waitFor({ timeout: 15_000 });
  // The assistant may have answered already, which makes its line the last one.
  const name = await phone.page.locator("#handset option:checked").getAttribute("data-name");
  const opened = (await row.count()) ? row.first() : desk.page.locator("[data-row]", { hasText: name }).first();
  await opened.waitFor({ timeout: 15_000 });
  await opened.click();
  await desk.page.locator("#messages", { hasText: hello }).waitFor();
  const more = unique("quiero un corte mañana");
  await sayOnPhone(phone.page, more);
  await desk.page.locator("#messages .bubble", { hasText: more }).waitFor({ timeout: 15_000 });
  assert.equal(await desk.page.evaluate(() => window.sameDocument), true, "the page was reloaded");
  assert.deepEqual([...desk.troubles, ...phone.troubles], []);
  await desk.context.close();
  await phone.context.close();
});

test("a member takes over, answers, sees ticks, keeps a draft while messages arrive, and gives back", async () => {
  const desk = await open();
  const phone = await open({ width: 390, height: 844 });
  await logIn(desk.page);
  await phone.page.goto(`${BASE}/simulator/${SLUG}`);
  const hello = unique("buenas");
  await sayOnPhone(phone.page, hello);
  await desk.page.goto(`${BASE}/t/${SLUG}/inbox`);
  const name = await phone.page.locator("#handset option:checked").getAttribute("data-name");
  await desk.page.locator("[data-row]", { hasText: name }).first().click();
  await desk.page.locator("#messages", { hasText: hello }).waitFor({ timeout: 15_000 });
  if (await desk.page.locator("form[action$='take-over']").count()) await desk.page.click("[data-take]");
  await desk.page.locator("[data-reply]").waitFor();
  assert.deepEqual(await breaches(desk.page), []);
  await desk.page.fill("[data-reply]", "a draft that must live");
  const meanwhile = unique("sigues ahí?");
  await sayOnPhone(phone.page, meanwhile);
  await desk.page.locator("#messages .bubble", { hasText: meanwhile }).waitFor({ timeout: 15_000 });
  assert.equal(await desk.page.inputValue("[data-reply]"), "a draft that must live");
  const answer = unique("aquí estoy <b>yo</b>");
  await desk.page.fill("[data-reply]", answer);
  await desk.page.press("[data-reply]", "Enter");
  const bubble = desk.page.locator(".bubble.by-member", { hasText: answer });
  await bubble.waitFor({ timeout: 15_000 });
  if (!process.env.NO_PROVIDER) {
    await phone.page.locator(".say:not(.mine)", { hasText: answer }).waitFor({ timeout: 15_000 });
    await bubble.locator(".ticks-read").waitFor({ timeout: 15_000 });
  }
  await desk.page.locator("form[action$='give-back'] [data-take]").click();
  await desk.page.locator("form[action$='take-over']").waitFor();
  assert.deepEqual([...desk.troubles, ...phone.troubles], []);
  await desk.context.close();
  await phone.context.close();
});

test("the keyboard walks the list, opens, and shows its keys", async () => {
  const { page, context, troubles } = await open();
  await logIn(page);
  await page.goto(`${BASE}/t/${SLUG}/inbox`);
  await page.locator(".inbox[data-ready]").waitFor();
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute("data-row")), true);
  await page.keyboard.press("Enter");
  await page.locator("[data-thread]").waitFor();
  await page.keyboard.press("?");
  await page.locator("#keys[open]").waitFor();
  assert.deepEqual(await breaches(page), []);
  assert.deepEqual(troubles, []);
  await context.close();
});

test("on a phone the inbox is one pane with a way back", async () => {
  const { page, context } = await open({ width: 390, height: 844 });
  await logIn(page);
  await page.goto(`${BASE}/t/${SLUG}/inbox`);
  await page.locator("[data-row]").first().click();
  await page.locator("#messages").waitFor();
  assert.equal(await page.locator(".pane-list").isVisible(), false);
  await page.click(".back");
  await page.locator("[data-row]").first().waitFor();
  assert.equal(await page.locator("#messages").count(), 0);
  await context.close();
});
