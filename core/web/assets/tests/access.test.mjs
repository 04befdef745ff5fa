// Every route of the golden table, as nobody and as a member of another business: refused, and never a fault.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { BASE, SLUG, done, logIn, open } from "./desk.mjs";

after(done);

const table = (await readFile(new URL("../../routes.txt", import.meta.url), "utf8")).trim().split("\n").map((line) => {
  const [verb, path, audience, , scope] = line.split(/\s+/);
  return { verb, path, audience, scope };
});
const foreign = { "{slug}": "somebody-else", "{conversation}": `cnv_${"0".repeat(32)}`, "{booking}": `bkg_${"0".repeat(32)}`, "{channel}": `chn_${"0".repeat(32)}`, "{file}": "none.js", "{version}": "v24.0", "{phone_id}": "1" };
const fill = (path, own) => path.replace(/\{\w+\}/g, (name) => (name === "{slug}" && own ? SLUG : foreign[name]));
const ask = (route, path, headers = {}) => fetch(BASE + path, { method: route.verb, redirect: "manual", headers: { "sec-fetch-site": "same-origin", ...headers } });

test("nobody gets in where somebody must be", async () => {
  for (const route of table.filter((one) => ["Member", "Platform"].includes(one.audience))) {
    const answer = await ask(route, fill(route.path, true));
    const refused = answer.status === 401 || (answer.status === 303 && answer.headers.get("location") === "/login");
    assert.ok(refused, `${route.verb} ${route.path}: ${answer.status}`);
  }
});

test("a member gets 404 for another business, on every one of its routes, and for ids that are not theirs", async () => {
  const { page, context } = await open();
  await logIn(page);
  const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  const csrf = await page.locator('meta[name="csrf"]').getAttribute("content");
  for (const route of table.filter((one) => one.scope === "Slug" || one.audience === "Platform")) {
    const answer = await ask(route, fill(route.path, false), { cookie, "x-csrf-token": csrf });
    assert.equal(answer.status, 404, `${route.verb} ${route.path}`);
  }
  for (const route of table.filter((one) => /\{(conversation|booking)\}/.test(one.path) && one.verb === "GET")) {
    const answer = await ask(route, fill(route.path, true), { cookie });
    assert.equal(answer.status, 404, `${route.verb} ${route.path} with an unknown id`);
  }
  await context.close();
});

test("a change without our origin or without the token is refused", async () => {
  const { page, context } = await open();
  await logIn(page);
  const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  const csrf = await page.locator('meta[name="csrf"]').getAttribute("content");
  for (const route of table.filter((one) => one.audience === "Member" && one.verb === "POST")) {
    const path = fill(route.path, true);
    const cross = await ask(route, path, { cookie, "x-csrf-token": csrf, "sec-fetch-site": "cross-site" });
    assert.equal(cross.status, 403, `${path} from elsewhere`);
    const bare = await ask(route, path, { cookie });
    assert.equal(bare.status, 403, `${path} without the token`);
  }
  await context.close();
});

test("every answer carries the headers that browsers are held by", async () => {
  for (const path of ["/login", "/nowhere", "/healthz", "/api/v1/bookings", "/assets/none.js"]) {
    const { headers } = await fetch(BASE + path, { redirect: "manual" });
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.doesNotMatch(headers.get("content-security-policy") ?? "", /unsafe/, path);
    assert.equal(headers.get("x-content-type-options"), "nosniff", path);
    assert.match(headers.get("x-request-id") ?? "", /^req_[0-9a-f]{32}$/, path);
    assert.equal(headers.get("access-control-allow-origin"), null, path);
  }
});

test("a wrong password is told without saying which part was wrong", async () => {
  const { page, context } = await open();
  await page.goto(`${BASE}/login`);
  await page.fill("[name=email]", `nobody-${Date.now()}@example.com`);
  await page.fill("[name=password]", "not the password");
  await page.click("button.primary");
  await page.locator("[role=alert]").waitFor();
  assert.equal(new URL(page.url()).pathname, "/login");
  await context.close();
});

test("logging out ends the session for its cookie", async () => {
  const { page, context } = await open();
  await logIn(page);
  const cookie = (await context.cookies()).map((one) => `${one.name}=${one.value}`).join("; ");
  await Promise.all([page.waitForURL("**/login"), page.click('form[action="/logout"] button')]);
  const answer = await fetch(`${BASE}/t/${SLUG}`, { redirect: "manual", headers: { cookie } });
  assert.equal(answer.status, 303);
  await context.close();
});
