// Logs in with a browser, by the broker and with a password, and looks after users:
// node browser.mjs CITY BROKER STORE SCREENSHOTS INVITATION INVITATION-OF-ADMINISTRATOR
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openBrowser } from "../../web/tests/browser.mjs";
import { assertSound } from "../../web/tests/walk.mjs";

const [city, broker, store, screenshots, invitation, administrator] = process.argv.slice(2);
const browser = await openBrowser();

/** Opens a window of its own, with no cookies. */
async function open() {
  const context = await browser.newContext({ locale: "cs-CZ", viewport: { width: 360, height: 740 } });
  // The pages of the broker want a font from elsewhere.
  const isElsewhere = (url) => ![city, broker].includes(url.origin);
  await context.route(isElsewhere, (route) => route.abort());
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("console", (message) => {
    // Chromium writes a line for each answer of 400 and above.
    if (page.url().startsWith(city) && !message.text().startsWith("Failed to load resource")) {
      complaints.push(`${page.url()}: ${message.text()}`);
    }
  });
  return page;
}
const complaints = [];

/** Fails unless the page is accessible and fits a phone. */
async function look(page, name) {
  await assertSound(page, name);
  await page.screenshot({ path: `${screenshots}/login-${name}.png`, fullPage: true });
}

const heading = (page) => page.textContent("h1");
const tell = (settings) => fetch(`${broker}/control`, { method: "POST", body: JSON.stringify(settings) });
const session = async (page) =>
  (await page.context().cookies(city)).find(({ name }) => name === "obzor-session");

/** Asks the store, or changes it, as another program does. */
function ask(sql, ...values) {
  const database = new DatabaseSync(store, { timeout: 10_000 });
  try {
    return database.prepare(sql).all(...values);
  } finally {
    database.close();
  }
}

/** Makes all sessions older by some hours. */
function age(member, hours) {
  const at = new Date(Date.now() - hours * 3_600_000).toISOString();
  ask("UPDATE obzor_records SET body = json_set(body, ?, ?) WHERE kind = 'session'", `$.${member}`, at);
}

/** Logs in by the broker, which may know the person already; returns the address that it sent the browser back to. */
async function byBroker(page, name) {
  let back;
  page.on("request", (request) => {
    if (request.url().includes("/login/oidc/callback")) {
      back = request.url();
    }
  });
  await page.goto(`${city}/login`);
  await page.click("a.button");
  if (name) {
    await page.fill("[name=login]", name);
    await page.fill("[name=password]", "x");
    await page.click("[type=submit]");
    await page.waitForSelector("text=Continue");
    await page.click("[type=submit]");
  }
  await page.waitForURL(`${city}/account*`);
  return back;
}

async function aLoginByTheBrokerFollowsItsGroups() {
  const page = await open();
  await page.goto(`${city}/account`);
  assert.equal(await heading(page), "Přihlášení");
  await look(page, "form");
  await byBroker(page, "jana");
  assert.match(await page.textContent(".lead"), /jana/);
  const before = ask("SELECT body FROM obzor_records WHERE kind = 'user' AND key = 'jana'")[0].body;
  await tell({ groups: ["editors-of-all"] });
  age("asked_at", 1);
  await page.reload();
  assert.equal(await heading(page), "Účet");
  assert.notEqual(ask("SELECT body FROM obzor_records WHERE kind = 'user' AND key = 'jana'")[0].body, before);
  // Twice, because the broker takes each refresh token once.
  age("asked_at", 1);
  await page.reload();
  assert.equal(await heading(page), "Účet");
  await tell({ groups: ["strangers"] });
  age("asked_at", 1);
  await page.reload();
  assert.equal(await heading(page), "Přihlášení");
  assert.equal(await session(page), undefined);
  await page.goto(`${city}/login/oidc`);
  await page.waitForURL(`${city}/login/oidc/callback*`);
  assert.equal(await heading(page), "Nepřihlášeno");
  await look(page, "refused");
  await tell({ groups: ["editors"] });
  await page.context().close();
}

async function logoutEndsItHereAndAtTheBroker() {
  const page = await open();
  await byBroker(page, "jana");
  const stolen = await session(page);
  const status = async () =>
    (
      await fetch(`${city}/account`, {
        redirect: "manual",
        headers: { cookie: `${stolen.name}=${stolen.value}` },
      })
    ).status;
  assert.equal(await status(), 200);
  assert.ok(stolen.httpOnly && stolen.sameSite === "Lax");
  await page.click("form[action^='/logout'] button");
  await page.waitForSelector("text=Do you want to sign-out");
  await page.click("button[value=yes]");
  await page.waitForURL(`${city}/`);
  assert.equal(await session(page), undefined);
  assert.equal(await status(), 303);
  // The broker asks for the password again.
  await page.goto(`${city}/login/oidc`);
  await page.waitForSelector("[name=login]");
  await page.context().close();
}

async function anExpiredCookieIsTakenAway() {
  const page = await open();
  await byBroker(page, "jana");
  age("began_at", 25);
  await page.goto(`${city}/account`);
  assert.equal(await heading(page), "Přihlášení");
  assert.equal(await session(page), undefined);
  await page.context().close();
}

async function aCodeWorksOnceAndInOneBrowser() {
  const [page, other] = [await open(), await open()];
  let begun;
  page.on("response", async (response) => {
    if (response.url().startsWith(`${city}/login/oidc?`)) {
      begun = (await response.allHeaders())["set-cookie"].split(";")[0];
    }
  });
  const address = await byBroker(page, "jana");
  // Nobody is brought to finish a login that somebody else began.
  const lure = (await fetch(`${city}/login/oidc`, { redirect: "manual" })).headers.get("location");
  assert.equal((await page.goto(lure)).status(), 403);
  assert.match(page.url(), /callback/);
  for (const one of [page, other]) {
    assert.equal((await one.goto(address)).status(), 403);
    assert.equal(await heading(one), "Nepřihlášeno");
  }
  assert.equal(await session(other), undefined);
  // Even with what the login was begun with, the code is used.
  const [name, value] = begun.split("=");
  await other.context().addCookies([{ name, value, url: city }]);
  assert.equal((await other.goto(address)).status(), 403);
  assert.equal(await session(other), undefined);
  await page.context().close();
  await other.context().close();
}

/** Follows a one-time link and chooses a password. */
async function choosePassword(page, link) {
  await page.goto(link);
  assert.equal(await heading(page), "Nastavení hesla");
  await look(page, "invitation");
  for (const field of ["password", "again"]) {
    await page.fill(`[name=${field}]`, "koza leze pro vodu");
  }
  await page.click("main button");
  await page.waitForURL(`${city}/account`);
}

async function aLocalAccountHasAPasswordAndTokens() {
  const page = await open();
  await choosePassword(page, invitation);
  await page.goto(invitation);
  assert.match(await page.textContent(".notice"), /už byl použit/);
  await page.goto(`${city}/account`);
  await page.fill("[name=name]", "QGIS");
  for (const operation of ["create", "update", "delete"]) {
    await page.check(`[value=${operation}]`);
  }
  await page.click("form[action^='/account/tokens'] div.fields button");
  const token = await page.textContent("code.secret");
  await look(page, "account");
  assert.match(token, /^obzor_[0-9a-f]{64}$/);
  await page.click("form[action^='/logout'] button");
  await page.goto(`${city}/login`);
  await page.fill("[name=name]", "petr");
  await page.fill("[name=password]", "špatné heslo");
  await page.click("main button");
  assert.match(await page.textContent(".notice"), /nesouhlasí/);
  await page.context().close();
}

async function anAdministratorLooksAfterUsers() {
  const page = await open();
  await choosePassword(page, administrator);
  await page.click("a[href^='/users']");
  assert.equal(await heading(page), "Uživatelé");
  await look(page, "users");
  await page.fill("[name=name]", "eva.nová");
  await page.selectOption("[name=role]", "editor");
  await page.click("main form button");
  assert.match(await page.textContent(".notice"), /Zaškrtněte aspoň jednu/);
  await look(page, "users-problem");
  // What was typed is still there.
  await page.check("text=Jirkov");
  await page.click("main form button");
  assert.equal(await heading(page), "eva.nová");
  assert.match(await page.textContent(".rows"), /editor obce: Jirkov/);
  await page.click("form[action*='/link'] button");
  const link = await page.textContent("code.secret");
  await look(page, "user");
  const eva = await open();
  await choosePassword(eva, link);
  await page.goto(`${city}/users/eva.nová`);
  assert.match(await page.textContent("dl"), /heslo/);
  await page.click("form[action*='/disable'] button");
  assert.match(await page.textContent("dl"), /zakázán/);
  await eva.reload();
  assert.equal(await heading(eva), "Přihlášení");
  for (const [name, path] of Object.entries({ users: "/users", user: "/users/petr?lang=en" })) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${city}${path}`);
    await page.screenshot({ path: `${screenshots}/login-${name}-wide.png`, fullPage: true });
  }
  await page.context().close();
  await eva.context().close();
}

const cases = [
  aLoginByTheBrokerFollowsItsGroups,
  logoutEndsItHereAndAtTheBroker,
  anExpiredCookieIsTakenAway,
  aCodeWorksOnceAndInOneBrowser,
  aLocalAccountHasAPasswordAndTokens,
  anAdministratorLooksAfterUsers,
];
try {
  for (const one of cases) {
    const started = Date.now();
    await one();
    console.log(`ok      ${one.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}
