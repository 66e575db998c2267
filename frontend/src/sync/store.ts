/** The outbox on disk (IndexedDB): operations that wait, and the acts that can be undone. Shared by all tabs. */
import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";

import type { Act, Entry } from "./entry";

interface Tables extends DBSchema {
  entries: { key: number; value: Entry; indexes: { person: number; id: string } };
  acts: { key: number; value: Act; indexes: { scope: [number, number]; id: string } };
}

export class OutboxStore {
  private constructor(private readonly db: IDBPDatabase<Tables>) {}

  static async open(name = "tern-outbox"): Promise<OutboxStore> {
    const db = await openDB<Tables>(name, 1, {
      upgrade(fresh) {
        const entries = fresh.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
        entries.createIndex("person", "person");
        entries.createIndex("id", "id", { unique: true });
        const acts = fresh.createObjectStore("acts", { keyPath: "seq", autoIncrement: true });
        acts.createIndex("scope", ["person", "project"]);
        acts.createIndex("id", "id", { unique: true });
      },
    });
    return new OutboxStore(db);
  }

  close(): void {
    this.db.close();
  }

  /** Everything of this person, oldest first. */
  async entries(person: number): Promise<Entry[]> {
    const found = await this.db.getAllFromIndex("entries", "person", person);
    return found.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
  }

  /** Keep an operation, and the act it begins or changes, in one transaction. */
  async add(entry: Entry, act: Act | null): Promise<void> {
    const change = this.db.transaction(["entries", "acts"], "readwrite");
    entry.seq = await change.objectStore("entries").add(entry);
    if (act) act.seq = await change.objectStore("acts").put(act);
    await change.done;
  }

  /** Keep an act whose operation needs no sending. */
  async keep(act: Act): Promise<void> {
    await this.db.add("acts", act);
  }

  /** Replace and remove entries in one transaction: an answer is taken in wholly or not at all. */
  async settle(changed: readonly Entry[], gone: readonly Entry[]): Promise<void> {
    const change = this.db.transaction("entries", "readwrite");
    for (const entry of changed) await change.store.put(entry);
    for (const entry of gone) if (entry.seq !== undefined) await change.store.delete(entry.seq);
    await change.done;
  }

  /** The acts of one person in one project, oldest first. */
  async acts(person: number, project: number): Promise<Act[]> {
    const found = await this.db.getAllFromIndex("acts", "scope", [person, project]);
    return found.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
  }

  async removeActs(acts: readonly Act[]): Promise<void> {
    const change = this.db.transaction("acts", "readwrite");
    for (const act of acts) if (act.seq !== undefined) await change.store.delete(act.seq);
    await change.done;
  }
}
