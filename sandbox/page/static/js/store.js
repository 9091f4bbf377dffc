// Everything the page knows, kept up to date by the stream of events; components read it through `useStore`.

import { useEffect, useReducer } from "../vendor/preact-htm.js";
import { get } from "./api.js";

export const state = {
  loaded: false,
  connected: false,
  about: null,
  bot: null,
  people: new Map(),
  chats: new Map(), // id (a person's for private chats) -> what the sandbox tells of it
  messages: new Map(), // chat id -> Map(message id -> message), once it was looked at
  mail: new Map(), // "address folder" -> letters, newest first
  folders: new Map(), // address -> names
  desk: null,
  faults: [],
  typing: new Map(), // "chat:topic" -> until
  pressed: new Set(), // taps that wait for the bot's answer
  toasts: [],
  alert: null,
  wish: null, // a topic to be opened, and perhaps a message in it to be answered
};

// --- what a person chose, kept by the browser -----------------------------------------------------------------------

const KEY = "rightsdesk-demo";
const chosen = { language: null, requester: null, staff: null, writer: null, tab: "requester" };
const remembered = { run: "", topics: {}, chats: {}, letters: {}, opened: false, moved: false };

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) || "{}");
    Object.assign(chosen, kept.chosen);
    Object.assign(remembered, kept.remembered);
  } catch {
    // A browser that keeps nothing is fine.
  }
}

function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify({ chosen, remembered }));
  } catch {
    // As above.
  }
}

recall();
export const choice = chosen;
export const memory = remembered;

export function choose(name, value) {
  chosen[name] = value;
  keep();
  changed();
}

export function openTopic(topic, message) {
  state.wish = { topic, message };
  choose("tab", "staff");
}

// A link into the staff group (t.me/c/…) opens here; True when it was one.
export function openedHere(url) {
  const [, group, topic] = /^https:\/\/t\.me\/c\/(\d+)\/(\d+)/.exec(url) || [];
  if (!topic || `-100${group}` !== String(state.about.group)) return false;
  openTopic(Number(topic));
  return true;
}

export function remember(change) {
  change(remembered);
  keep();
  changed();
}

// --- telling components ---------------------------------------------------------------------------------------------

const watchers = new Set();
let waiting = false;

export function changed() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    for (const watcher of watchers) watcher();
  });
}

export function useStore() {
  const [, again] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    watchers.add(again);
    again();
    return () => watchers.delete(again);
  }, []);
  return state;
}

// --- small questions ------------------------------------------------------------------------------------------------

export const person = (id) => state.people.get(id);
export const nameOf = (user) => [user?.first_name, user?.last_name].filter(Boolean).join(" ") || "?";
export const requester = () => (state.about.requesters.includes(chosen.requester) ? chosen.requester : state.about.requesters[0]);
export const staff = () => (state.about.staff.includes(chosen.staff) ? chosen.staff : state.about.staff[0]);
export const writers = () => [...state.about.writers, { name: state.about.title, address: state.about.mailbox, desk: true }];
export const writer = () => writers().find((one) => one.address === chosen.writer) || writers()[0];
export const shown = (chat) => [...(state.messages.get(chat)?.values() || [])].filter((m) => !m.deleted).sort((a, b) => a.message_id - b.message_id);
export const letters = (address, folder) => state.mail.get(`${address} ${folder}`) || [];
export const deskNow = () => Date.now() + (state.desk?.offset || 0) * 1000;

export function toast(text, kind = "") {
  const one = { text, kind, id: Math.random() };
  state.toasts = [...state.toasts.slice(-3), one];
  changed();
  setTimeout(() => dismiss(one.id), kind === "error" ? 7000 : 4000);
}

export function dismiss(id) {
  state.toasts = state.toasts.filter((one) => one.id !== id);
  changed();
}

// Do what was asked, and say what went wrong.
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message, "error");
    return undefined;
  }
}

// --- loading --------------------------------------------------------------------------------------------------------

export async function loadChat(id) {
  const found = await get(`sandbox/chats/${id}/messages?deleted=1&person=1`);
  state.messages.set(id, new Map(found.messages.map((m) => [m.message_id, m])));
  state.chats.set(id, { ...state.chats.get(id), ...found.chat });
  changed();
}

async function loadWorld() {
  const world = await get("sandbox");
  state.bot = world.bots[0];
  state.people = new Map([...world.people, ...world.bots].map((one) => [one.id, one]));
  state.chats = new Map(world.chats.map((chat) => [chat.id, chat]));
  changed();
}

export async function loadMail(address, folder) {
  if (folder !== "INBOX" && !(state.folders.get(address) || []).includes(folder)) return;
  const query = `sandbox/mail/mailboxes/${encodeURIComponent(address)}/messages?folder=${encodeURIComponent(folder)}`;
  state.mail.set(`${address} ${folder}`, (await get(query)).reverse());
  changed();
}

async function loadFolders() {
  const boxes = await get("sandbox/mail/mailboxes");
  state.folders = new Map(boxes.map((box) => [box.address, box.folders.map((folder) => folder.name)]));
}

async function loadAll() {
  const about = await get("page/about");
  if (memory.run !== about.run) {
    Object.assign(memory, { run: about.run, topics: {}, chats: {}, letters: {}, opened: false, moved: false });
    keep();
  }
  state.about = about;
  state.desk = about.state;
  state.faults = withEnds(about.faults);
  await Promise.all([loadWorld(), loadFolders()]);
  const boxes = writers().flatMap((one) => [loadMail(one.address, "INBOX"), loadMail(one.address, "Sent")]);
  await Promise.all([loadChat(about.group), ...about.requesters.map(loadChat), ...boxes]);
  state.loaded = true;
  state.connected = true;
  changed();
}

// What is seen of a private chat: everything that is there now.
export function see(chat) {
  const last = Math.max(0, ...[...(state.messages.get(chat)?.keys() || [])]);
  if ((memory.chats[chat] || 0) < last) remember((m) => (m.chats[chat] = last));
}

// The machine's time at which each fault ends by itself.
function withEnds(faults) {
  return faults.map((one) => ({ ...one, ends: one.seconds_left == null ? null : Date.now() + one.seconds_left * 1000 }));
}

// --- events ---------------------------------------------------------------------------------------------------------

const ABOUT_CHATS = new Set(["chat", "person", "member", "commands", "blocked", "unblocked", "forum", "topic_deleted", "migrated"]);
// Events change the state one after another, and never while it is being loaded.
let queue = Promise.resolve();
const inTurn = (work) => (queue = queue.then(work).catch((error) => console.error(error)));

let worldSoon = null;
function refreshWorld() {
  clearTimeout(worldSoon);
  worldSoon = setTimeout(() => inTurn(loadWorld), 60);
}

async function telegram(event) {
  const { event: kind, chat_id: chat, message } = event;
  if (message && state.messages.has(chat)) {
    state.messages.get(chat).set(message.message_id, message);
    state.typing.delete(`${chat}:${message.topic_id || ""}`);
    const known = state.chats.get(chat);
    if (known && !known.started && chat > 0) refreshWorld();
    if (message.service) refreshWorld();
  }
  if (kind === "topic_deleted" || kind === "chat_deleted") await loadChat(chat);
  if (ABOUT_CHATS.has(kind) || kind === "chat_deleted") refreshWorld();
  if (kind === "action") typing(`${chat}:${event.topic_id || ""}`);
  if (kind === "callback_answered") answered(event);
  changed();
}

function typing(place) {
  state.typing.set(place, Date.now() + 5000);
  setTimeout(changed, 5100);
}

export const pressKey = (chat, message, who) => `${chat}:${message}:${who}`;

function answered(event) {
  state.pressed.delete(pressKey(event.chat_id, event.message_id, event.person_id));
  if (![requester(), staff()].includes(event.person_id)) return;
  if (event.text && event.show_alert) state.alert = event.text;
  else if (event.text) toast(event.text);
}

async function mail({ address, folder }) {
  if (!state.folders.get(address)?.includes(folder)) await loadFolders();
  if (writers().some((one) => one.address === address)) await loadMail(address, folder);
}

export function follow() {
  const source = new EventSource("page/events");
  const on = (name, work) => source.addEventListener(name, (event) => inTurn(() => work(JSON.parse(event.data))));
  on("hello", loadAll);
  on("telegram", telegram);
  on("mail", mail);
  on("state", (desk) => {
    // What was read before the clock was moved may come after the answer to its move.
    if (state.desk && desk.offset < state.desk.offset) return;
    state.desk = desk;
    changed();
  });
  on("faults", ({ faults }) => {
    state.faults = withEnds(faults);
    changed();
  });
  source.onerror = () => {
    state.connected = false;
    changed();
  };
}
