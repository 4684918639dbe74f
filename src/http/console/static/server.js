// Calls of the server: operations of the API, and the control endpoints, all signed. The access key is in this module's memory alone,
// and goes with the page.

import { Signer, escaped, queryOf, sha256 } from "./sign.js";

const ROOT = new URL("../../", import.meta.url);
const TARGET = "AWSCognitoIdentityProviderService";

/** Refusals that say that the key is wrong, not what it may do. */
const OF_THE_KEY = [
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "UnrecognizedClientException",
];

let signer;

/** A refusal in the server's own words. */
export class Refusal extends Error {
  constructor(code, message, requestId) {
    super(message);
    this.name = code;
    this.requestId = requestId;
  }
}

/** That no answer came. */
export class NoAnswer extends Refusal {
  constructor() {
    super("No answer", "The server cannot be reached.");
  }
}

/** Whether the refusal is of the access key itself. */
export function isOfTheKey(error) {
  return OF_THE_KEY.includes(error.name);
}

/** What is signed with, without the secret; undefined before a key is typed in. */
export function connection() {
  return signer && { id: signer.id, region: signer.region };
}

/** Takes an access key, and checks that the server knows it. What it may do shows later. */
export async function connect(key) {
  if (!globalThis.crypto?.subtle) {
    throw new Refusal("No cryptography", "Browsers sign only on pages of https, or of this machine such as http://localhost.");
  }
  signer = await Signer.of(key);
  try {
    await call("ListUserPools", { MaxResults: 1 });
  } catch (error) {
    if (!(error instanceof Refusal) || isOfTheKey(error) || !error.requestId) {
      signer = undefined;
      throw error;
    }
  }
}

/** Forgets the access key. */
export function leave() {
  signer = undefined;
}

/** What the server tells everybody: its Region, the shipped key where it may be used, its clock if that was set. */
export async function greeting() {
  const response = await fetch(new URL("greeting.json", import.meta.url));
  return response.json();
}

/** Calls an operation of the API. */
export async function call(operation, input, signal) {
  const own = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGET}.${operation}` };
  const body = new TextEncoder().encode(JSON.stringify(input));
  return said(await send("POST", ROOT, own, body, signal));
}

/** The JSON of an answer. Some operations answer with no body at all. */
async function said(response) {
  const text = await response.text();
  return text ? JSON.parse(text) : {};
}

/** Calls a control endpoint: its path below `/_poolhouse/` in parts, the parameters of its query, its body. Returns the response. */
export async function control(method, parts, { query = {}, body, signal } = {}) {
  const url = new URL(`_poolhouse/${parts.map(escaped).join("/")}`, ROOT);
  url.search = queryOf(query);
  const bytes = body instanceof ArrayBuffer ? body : new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body));
  return send(method, url, {}, bytes, signal);
}

/** The same, for an answer that is JSON. */
export async function ask(method, parts, options) {
  return said(await control(method, parts, options));
}

async function send(method, url, own, body, signal) {
  const headers = await signer.headers(method, url, own, await sha256(body));
  const request = { method, headers, signal, cache: "no-store", body: method === "GET" ? undefined : body };
  let response;
  try {
    response = await fetch(url, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new NoAnswer();
  }
  if (response.ok) return response;
  const id = response.headers.get("x-amzn-requestid") ?? undefined;
  const told = await response.json().catch(() => ({}));
  throw new Refusal(told.__type ?? `Status ${response.status}`, told.message ?? "", id);
}
