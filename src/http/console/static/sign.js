// Signature Version 4 (AWS's guide "Create a signed AWS API request"), by the browser's own cryptography.

const ALGORITHM = "AWS4-HMAC-SHA256";
const SERVICE = "cognito-idp";
const TERMINATOR = "aws4_request";

const encoder = new TextEncoder();

/** The bytes in lower-case hexadecimal digits. */
function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The SHA-256 hash of bytes, in hexadecimal digits. */
export async function sha256(bytes) {
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** A key for HMAC-SHA256 that nobody can read again, this page's own script included. */
function hmacKey(bytes) {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

function hmac(key, text) {
  return crypto.subtle.sign("HMAC", key, encoder.encode(text));
}

/** A part of a URL as signatures want it: everything but the unreserved characters of RFC 3986 is escaped. */
export function escaped(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The query string of these parameters, sorted and escaped, without those that are undefined. */
export function queryOf(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const pairs = given.map(([name, value]) => `${escaped(name)}=${escaped(String(value))}`);
  return pairs.sort().join("&");
}

/** What signs with an access key. It keeps the secret as a key that cannot be read. */
export class Signer {
  #id;
  #region;
  #secret;
  #day = "";
  #dayKey;

  /** The signer of an access key, for a server that stands for this Region. */
  static async of({ id, secret, region }) {
    const signer = new Signer();
    signer.#id = id;
    signer.#region = region;
    signer.#secret = await hmacKey(encoder.encode(`AWS4${secret}`));
    return signer;
  }

  get id() {
    return this.#id;
  }

  get region() {
    return this.#region;
  }

  /** The headers of a request to this URL, among them its signature. `hash` is the SHA-256 hash of its body. */
  async headers(method, url, own, hash) {
    const date = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
    const day = date.slice(0, 8);
    const sent = { ...own, "x-amz-content-sha256": hash, "x-amz-date": date };
    const signed = { ...sent, host: url.host };
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${signed[name]}\n`).join("");
    const query = url.search.slice(1);
    const canonical = [method, url.pathname, query, lines, names.join(";"), hash].join("\n");
    const scope = [day, this.#region, SERVICE, TERMINATOR].join("/");
    const toSign = [ALGORITHM, date, scope, await sha256(encoder.encode(canonical))].join("\n");
    const signature = hex(await hmac(await this.#keyOf(day), toSign));
    const credential = `${this.#id}/${scope}`;
    const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return { ...sent, authorization };
  }

  /** The key that signs the requests of a day. */
  async #keyOf(day) {
    if (day !== this.#day) {
      let key = this.#secret;
      for (const part of [day, this.#region, SERVICE, TERMINATOR]) key = await hmacKey(await hmac(key, part));
      this.#day = day;
      this.#dayKey = key;
    }
    return this.#dayKey;
  }
}
