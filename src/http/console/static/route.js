// Where the console is: the part of the address after `#`, so that reloading and going back keep the place.

/** The address of a place: its path in parts, and its query without what is empty. */
export function to(parts, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${search && `?${search}`}`;
}

/** Goes to a place. */
export function go(parts, query) {
  location.hash = to(parts, query);
}

/** The present place: its path in parts, and its query. */
export function here() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const query = Object.fromEntries(new URLSearchParams(search));
  try {
    return { parts: path.split("/").filter(Boolean).map(decodeURIComponent), query };
  } catch {
    return { parts: [], query };
  }
}
