// The list at the door: every tap is kept on the device first and then sent, so that it works without network.
// The device keeps first names, ages and marks of meetings of the day, for a day at most, for one person.
const DAY = 24 * 60 * 60 * 1000;
const AGAIN = 15 * 1000;
const BATCH = 100;

const form = document.getElementById("narvaro");
const extra = document.getElementById("oanmald");
const said = document.getElementById("vantar");
const inShell = "shell" in form.dataset;
const base = form.dataset.base;
const meeting = Number(form.dataset.meeting ?? location.pathname.slice(base.length).split("/")[0]);

// ---- what the device keeps -------------------------------------------------------------------------------------------

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("kodplats-narvaro", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("lists", { keyPath: "meeting" });
      asked.result.createObjectStore("marks", { keyPath: "key" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(name, mode, act) {
  const kept = await open();
  try {
    return await new Promise((resolve, reject) => {
      const step = kept.transaction(name, mode);
      const answer = act(step.objectStore(name));
      step.oncomplete = () => resolve(answer?.result);
      step.onerror = step.onabort = () => reject(step.error);
    });
  } finally {
    kept.close();
  }
}

const all = (name) => inStore(name, "readonly", (store) => store.getAll());
const put = (name, one) => inStore(name, "readwrite", (store) => store.put(one));
const drop = (name, keys) => inStore(name, "readwrite", (store) => void keys.forEach((key) => store.delete(key)));
const empty = () => Promise.all(["lists", "marks"].map((name) => inStore(name, "readwrite", (store) => store.clear())));

async function purge() {
  const now = Date.now();
  const old = (one) => Math.abs(now - one.since) > DAY;
  await drop("lists", (await all("lists")).filter(old).map((one) => one.meeting));
  await drop("marks", (await all("marks")).filter(old).map((one) => one.key));
}

// Somebody else has signed in on this device: nothing of the one before is shown, and nothing is sent in a wrong name.
async function keepOutOthers(owner) {
  const kept = [...(await all("lists")), ...(await all("marks"))];
  if (kept.some((one) => one.owner !== owner)) await empty();
}

const waiting = async () => (await all("marks")).filter((mark) => mark.owner === owner);

// ---- marking ---------------------------------------------------------------------------------------------------------

let owner = Number(form.dataset.owner ?? NaN);
let trouble = "";

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function mark(kind, about, value) {
  const at = Date.now();
  await put("marks", { key: newKey(), meeting, owner, since: at, at, kind, about, value });
  const list = (await all("lists")).find((one) => one.meeting === meeting);
  const child = kind === "child" && list?.children.find((one) => one.id === about);
  if (child) {
    child.presence = value;
    await put("lists", list);
  }
  await tell();
  await send();
}

// What is marked and not sent yet shows, whatever the page that came from the server says.
async function showWaiting() {
  for (const { kind, about, value } of (await waiting()).filter((one) => one.meeting === meeting)) {
    if (kind === "child") choose(about, value);
    if (kind === "heads" && form.elements[`antal-${about}`]) form.elements[`antal-${about}`].value = value;
  }
}

function choose(child, value) {
  for (const radio of form.querySelectorAll(`[name="narvaro-${child}"]`)) radio.checked = radio.value === value;
}

// ---- sending ---------------------------------------------------------------------------------------------------------

// One tab at a time; marks that are sent twice all the same count once.
const send = () => navigator.locks.request("kodplats-narvaro", sendAll);

async function sendAll() {
  const marks = (await waiting()).sort((one, other) => one.at - other.at);
  trouble = "";
  for (const number of new Set(marks.map((one) => one.meeting))) {
    const own = marks.filter((one) => one.meeting === number);
    for (let from = 0; from < own.length && !trouble; from += BATCH) {
      trouble = await sendSome(number, own.slice(from, from + BATCH));
    }
  }
  await tell();
}

// What stood in the way; "" for nothing, "wait" when it is worth another try.
async function sendSome(number, marks) {
  const address = `${base}${number}/synk`;
  try {
    const ready = await fetch(address, { redirect: "manual", cache: "no-store" });
    if (ready.type === "opaqueredirect") return "out";
    if (ready.status === 403 || ready.status === 404) return "gone";
    if (!ready.ok) return "wait";
    const { owner: found, token } = await ready.json();
    if (found !== owner) {
      await empty();
      return "gone";
    }
    const told = marks.map(({ key, at, kind, about, value }) => ({ key, at, kind, about, value }));
    const body = new URLSearchParams({ csrf_token: token, marken: JSON.stringify(told) });
    const answer = await fetch(address, { method: "POST", body, redirect: "manual" });
    if (answer.type === "opaqueredirect") return "out";
    if (answer.status >= 500 || answer.status === 429) return "wait";
    if (!answer.ok) return "refused";
    const { lost } = await answer.json();
    await drop("marks", marks.map((one) => one.key));
    wasSent = true;
    return lost.length ? "lost" : "";
  } catch {
    return "wait";
  }
}

let wasSent = false;

async function tell() {
  const count = (await waiting()).length;
  const words = count > 1 ? said.dataset.many.replace("{n}", count) : count ? said.dataset.one : "";
  const why = ["out", "gone", "refused", "lost"].includes(trouble) ? said.dataset[trouble] : "";
  const done = !count && wasSent && !trouble ? said.dataset.sent : "";
  said.firstElementChild.textContent = [words, why, done].filter(Boolean).join(" ");
  const again = document.getElementById("logga-in-igen");
  again.hidden = !(count && trouble === "out");
  again.firstElementChild.search = new URLSearchParams({ next: `${base}${meeting}` });
}

// ---- the page --------------------------------------------------------------------------------------------------------

function listen() {
  form.addEventListener("change", ({ target }) => {
    if (target.type === "radio") mark("child", Number(target.name.slice("narvaro-".length)), target.value);
    const group = target.name?.match(/^antal-(.+)$/)?.[1];
    const isCount = group && /^[0-9]{0,3}$/.test(target.value.trim());
    if (isCount) mark("heads", group, target.value.trim());
  });
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    if (submitter?.name === "rensa") {
      event.preventDefault();
      choose(Number(submitter.value), "");
      await mark("child", Number(submitter.value), "");
    } else if (submitter?.classList.contains("act")) {
      // A count that cannot be one is for the server to explain.
      const isOdd = [...form.elements].some((one) => one.name?.startsWith("antal-") && !/^ *[0-9]{0,3} *$/.test(one.value));
      if (isOdd) return;
      event.preventDefault();
      await send();
      if (!(await waiting()).length) location.replace(`${base}${meeting}?klart=sparat`);
    } else if (!navigator.onLine) {
      event.preventDefault();
      said.firstElementChild.textContent = said.dataset.need;
    }
  });
  extra?.addEventListener("submit", async (event) => {
    const [name, age] = ["namn", "alder"].map((field) => extra.elements[field].value.trim());
    const isOdd = !/^[0-9]{0,2}$/.test(age) || /[^\p{L}\p{M} '’.\-]/u.test(name);
    if (isOdd && !inShell) return; // the server says what is wrong
    event.preventDefault();
    if (isOdd) return void extra.elements[/^[0-9]{0,2}$/.test(age) ? "namn" : "alder"].focus();
    extra.reset();
    await mark("walk-in", name, age);
    if (!inShell && !(await waiting()).length) location.replace(`${base}${meeting}?klart=oanmald`);
  });
  const out = document.querySelector('form[action$="/logga-ut"]');
  let warned = false;
  out?.addEventListener("submit", async (event) => {
    if (warned) return;
    event.preventDefault();
    await send();
    warned = true;
    if ((await waiting()).length) return void (said.firstElementChild.textContent = said.dataset.leave);
    await empty();
    out.submit();
  });
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  setInterval(async () => (await waiting()).length && send(), AGAIN);
}

function keptList() {
  const children = [...form.querySelectorAll("[data-child]")].map(({ dataset }) => ({
    id: Number(dataset.child),
    name: dataset.name,
    age: Number(dataset.age),
    presence: form.querySelector(`[name="narvaro-${dataset.child}"]:checked`)?.value ?? "",
  }));
  return { meeting, owner, since: Date.now(), about: form.dataset.about, children };
}

function draw({ about, children }) {
  document.getElementById("om").textContent = about;
  form.hidden = document.getElementById("extra").hidden = false;
  const rows = children.map(({ id, name, age, presence }) => {
    const row = document.getElementById("rad").content.cloneNode(true);
    row.querySelector("h2").textContent = name;
    row.querySelector("h2").id = `n${id}`;
    row.querySelector(".taps").setAttribute("aria-labelledby", `n${id}`);
    const years = row.querySelector("[data-age]");
    years.textContent = years.dataset.age.replace("{age}", age);
    for (const radio of row.querySelectorAll("input")) {
      radio.name = `narvaro-${id}`;
      radio.checked = radio.value === presence;
    }
    const clear = row.querySelector("button");
    clear.hidden = false;
    clear.setAttribute("aria-label", `${clear.textContent} ${name}`);
    clear.addEventListener("click", () => {
      choose(id, "");
      mark("child", id, "");
    });
    return row;
  });
  form.querySelector(".roll").replaceChildren(...rows);
}

async function begin() {
  await purge();
  if (inShell) {
    const list = (await all("lists")).find((one) => one.meeting === meeting);
    if (!list) return;
    owner = list.owner;
    draw(list);
    // The whole list again, as soon as it can be had and nothing is waiting.
    addEventListener("online", async () => {
      await send();
      if (!trouble) location.reload();
    });
  } else {
    await keepOutOthers(owner);
    await navigator.serviceWorker?.register(`${base}arbetare.js`).then(({ active }) => active?.postMessage("renew"));
  }
  await showWaiting();
  if (!inShell && "keep" in form.dataset) await put("lists", keptList());
  listen();
  await send();
}

begin();
