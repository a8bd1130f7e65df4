// What the page keeps on this machine, so that a reload loses nothing; cleared by its own button.

const NAME = "budgetgen", PLACE = "state", KEY = "now";

function opened() {
  return new Promise((yes, no) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(PLACE);
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
  });
}

async function within(mode, act) {
  const base = await opened();
  try {
    return await new Promise((yes, no) => {
      const change = base.transaction(PLACE, mode), request = act(change.objectStore(PLACE));
      change.oncomplete = () => yes(request.result);
      change.onerror = change.onabort = () => no(change.error);
    });
  } finally { base.close(); }
}

/** The state as it was kept, or undefined: nothing was, or this browser keeps nothing for such pages. */
export const recall = () => within("readonly", place => place.get(KEY)).catch(() => undefined);
/** Keeps the state; false where this browser keeps nothing. */
export const keep = state => within("readwrite", place => place.put(state, KEY)).then(() => true, () => false);
export const forget = () => within("readwrite", place => place.clear()).catch(() => undefined);
