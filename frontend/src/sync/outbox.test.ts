import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";

import { Refused, Unreachable } from "../api/errors";
import type { CellState, Operation, OperationResult, Value } from "../api/types";
import { noteOf } from "./notes";
import { Outbox } from "./outbox";
import type { NewAct, OutboxOptions } from "./outbox";
import type { Settled } from "./sift";
import { OutboxStore } from "./store";

const opened: { outbox: Outbox; store: OutboxStore }[] = [];
let names = 0;

afterEach(async () => {
  for (const { outbox, store } of opened.splice(0)) {
    await outbox.close();
    store.close();
  }
});

/** A server that keeps the rules of the contract: versions, conflicts, replayed answers. */
class Server {
  readonly cells = new Map<string, CellState>();
  readonly answers = new Map<string, OperationResult>();
  readonly requests: Operation[][] = [];
  private readonly madeBy = new Map<number, string>();
  fault: (() => void) | null = null;
  /** Apply, but lose the answer on its way back. */
  loseAnswer = false;

  readonly send = (_project: number, operations: Operation[]): Promise<OperationResult[]> => {
    try {
      this.fault?.();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.requests.push(operations);
    const results = operations.map((operation) => this.answers.get(operation.id) ?? this.apply(operation));
    if (this.loseAnswer) {
      this.loseAnswer = false;
      return Promise.reject(new Unreachable());
    }
    return Promise.resolve(results);
  };

  put(label: number, value: Value, by: number): void {
    const version = (this.cells.get(label.toString())?.version ?? 0) + 1;
    this.cells.set(label.toString(), { image: 1, label, value, version, by, at: null, source: "human" });
  }

  private undo(operation: Operation): OperationResult {
    const isDone = this.answers.get(operation.of ?? "")?.status === "applied";
    const result: OperationResult = {
      id: operation.id,
      status: isDone ? "applied" : "rejected",
      detail: isDone ? "" : "Nothing to undo.",
      cells: [],
      skipped: 0,
    };
    this.answers.set(operation.id, result);
    return result;
  }

  private apply(operation: Operation): OperationResult {
    const label = operation.label ?? 0;
    if (operation.kind === "undo") return this.undo(operation);
    const now = this.cells.get(label.toString());
    const isSeen = operation.base === (now?.version ?? 0) || operation.after?.includes(this.madeBy.get(label) ?? "");
    const stale = operation.base != null && !isSeen && now?.value !== operation.value;
    if (!stale) {
      this.put(label, operation.value ?? 0, 9);
      this.madeBy.set(label, operation.id);
    }
    const cells = [this.cells.get(label.toString())].filter((cell) => cell !== undefined);
    const result: OperationResult = {
      id: operation.id,
      status: stale ? "conflict" : "applied",
      detail: "",
      cells,
      skipped: 0,
    };
    this.answers.set(operation.id, result);
    return result;
  }
}

async function make(server: Server, change: Partial<OutboxOptions> = {}, name = `outbox-${(names++).toString()}`) {
  const store = await OutboxStore.open(name);
  const settled: Settled[] = [];
  const outbox = new Outbox({
    store,
    person: 9,
    send: server.send,
    firstDelay: 1,
    onSettled: (_project, some) => settled.push(...some),
    ...change,
  });
  opened.push({ outbox, store });
  await outbox.open();
  return { outbox, store, settled, name };
}

function mark(label: number, value: Value, base = 0, was: Value = 0): NewAct {
  const operation: Operation = { id: crypto.randomUUID(), kind: "mark", image: 1, label, value, base };
  return { project: 1, operation, effects: [{ image: 1, label, value, was }], text: `label ${label.toString()}` };
}

const isEmpty = (outbox: Outbox) => () => expect(outbox.snapshot()).toMatchObject({ entries: [], sending: "idle" });

test("a mark is on screen before anything is stored or sent, and gone from the outbox once the server has it", async () => {
  const server = new Server();
  const { outbox, settled } = await make(server);
  outbox.add(mark(1, 1));
  expect(outbox.snapshot().entries).toHaveLength(1);
  expect(server.requests).toHaveLength(0);
  await vi.waitFor(isEmpty(outbox));
  expect(server.cells.get("1")?.value).toBe(1);
  expect(settled.map(({ result }) => result.status)).toEqual(["applied"]);
});

test("several changes of one cell arrive in order and at once, each on top of the one before", async () => {
  const server = new Server();
  const { outbox } = await make(server);
  outbox.add(mark(1, 1));
  outbox.add(mark(1, -1, 0, 1));
  outbox.add(mark(1, 0, 0, -1));
  await vi.waitFor(isEmpty(outbox));
  expect(server.cells.get("1")).toMatchObject({ value: 0, version: 3 });
  const [first, second, third] = server.requests.flat();
  expect(second?.after).toEqual([first?.id]);
  expect(third?.after).toEqual([second?.id]);
  expect(server.requests.length).toBeLessThan(3);
});

test("a key that falls while the answer to the one before is taken in is no conflict", async () => {
  const server = new Server();
  const onSettled = vi.fn(() => {
    if (onSettled.mock.calls.length === 1) outbox.add(mark(1, -1, 0, 1));
  });
  const { outbox } = await make(server, { onSettled });
  outbox.add(mark(1, 1));
  await vi.waitFor(() => expect(server.cells.get("1")?.version).toBe(2));
  await vi.waitFor(isEmpty(outbox));
  // The screen may show the old version for a frame longer.
  outbox.add(mark(1, 1, 0, -1));
  await vi.waitFor(() => expect(server.cells.get("1")?.version).toBe(3));
  await vi.waitFor(isEmpty(outbox));
});

test("of several keys on a cell that somebody else changed, the last is asked about", async () => {
  const server = new Server();
  server.put(1, -1, 4);
  const { outbox } = await make(server);
  outbox.add(mark(1, 1));
  outbox.add(mark(1, 0, 0, 1));
  await vi.waitFor(() =>
    expect(outbox.snapshot()).toMatchObject({
      sending: "idle",
      entries: [{ state: "conflict", effects: [{ value: 0 }] }],
    }),
  );
  expect(outbox.snapshot().entries).toHaveLength(1);
  expect(server.cells.get("1")?.value).toBe(-1);
});

test("what was taken back before the server refused it asks nobody anything", async () => {
  const server = new Server();
  server.put(1, -1, 4);
  server.fault = () => {
    throw new Unreachable();
  };
  const { outbox, settled } = await make(server);
  outbox.add(mark(1, 1));
  await outbox.undo(1);
  server.fault = null;
  outbox.wake();
  await vi.waitFor(isEmpty(outbox));
  expect(settled.every((one) => one.moot)).toBe(true);
  expect(await outbox.undo(1)).toBeNull();
  expect(server.cells.get("1")?.value).toBe(-1);
});

test("an undo that the server refuses leaves the list of things to undo, and the answer reaches who asked", async () => {
  const refuses = (operation: Operation): OperationResult =>
    operation.kind === "undo"
      ? { ...applied(operation), status: "conflict", detail: "Amir marked it absent since." }
      : applied(operation);
  const { outbox, settled } = await make(new Server(), {
    send: (_project, operations) => Promise.resolve(operations.map(refuses)),
  });
  outbox.add(mark(1, 1));
  outbox.add(mark(2, 1));
  const act = await outbox.undo(1);
  const answer = await outbox.answerOf(act?.last ?? "", 10_000);
  expect(answer?.status).toBe("conflict");
  await vi.waitFor(isEmpty(outbox));
  const told = settled.find(({ result }) => result.status === "conflict");
  expect(told && noteOf(told)).toEqual({ text: "Not undone: label 2. Amir marked it absent since.", isBad: true });
  expect((await outbox.undo(1))?.text).toBe("label 1");
});

test("what was refused can be sent again, as a new operation", async () => {
  const server = new Server();
  const refused = vi.fn((operation: Operation): OperationResult => ({
    ...applied(operation),
    status: "parked",
    detail: "The label was deleted.",
  }));
  const { outbox } = await make(server, {
    send: (project, operations) =>
      refused.mock.calls.length ? server.send(project, operations) : Promise.resolve(operations.map(refused)),
  });
  outbox.add(mark(1, 1));
  await vi.waitFor(() => expect(outbox.snapshot().entries[0]?.state).toBe("parked"));
  const [stuck] = outbox.snapshot().entries;
  if (stuck) await outbox.again(stuck);
  await vi.waitFor(isEmpty(outbox));
  expect(server.cells.get("1")?.value).toBe(1);
  expect(server.requests[0]?.[0]?.id).not.toBe(stuck?.id);
});

test("offline marks wait on disk, survive the page, and are sent once by the next one", async () => {
  const server = new Server();
  server.fault = () => {
    throw new Unreachable();
  };
  const first = await make(server, { firstDelay: 60_000 });
  for (let label = 1; label <= 50; label += 1) first.outbox.add(mark(label, 1));
  await vi.waitFor(async () => expect(await first.store.entries(9)).toHaveLength(50));
  await vi.waitFor(() => expect(first.outbox.snapshot().sending).toBe("offline"));
  await first.outbox.close();

  server.fault = null;
  const second = await make(server, {}, first.name);
  await vi.waitFor(isEmpty(second.outbox));
  expect(server.cells.size).toBe(50);
  expect([...server.cells.values()].every((cell) => cell.version === 1)).toBe(true);
});

test("a lost answer is asked for again with the same ids, and nothing is doubled", async () => {
  const server = new Server();
  server.loseAnswer = true;
  const { outbox } = await make(server);
  outbox.add(mark(1, 1));
  await vi.waitFor(isEmpty(outbox));
  expect(server.requests.map((batch) => batch.map((operation) => operation.id))).toHaveLength(2);
  expect(server.requests[0]).toEqual(server.requests[1]);
  expect(server.cells.get("1")?.version).toBe(1);
});

test("a conflict stays with both values until a person decides; 'mine' goes on top of theirs", async () => {
  const server = new Server();
  server.put(1, -1, 4);
  const { outbox } = await make(server);
  outbox.add(mark(1, 1, 0));
  await vi.waitFor(() => expect(outbox.snapshot().entries[0]?.state).toBe("conflict"));
  const [stuck] = outbox.snapshot().entries;
  expect(stuck?.theirs[0]).toMatchObject({ value: -1, by: 4 });
  if (stuck) await outbox.resolve(stuck, "mine");
  await vi.waitFor(isEmpty(outbox));
  expect(server.cells.get("1")).toMatchObject({ value: 1, version: 2 });
});

test("a conflict that is let go sends nothing more", async () => {
  const server = new Server();
  server.put(1, -1, 4);
  const { outbox } = await make(server);
  outbox.add(mark(1, 1, 0));
  await vi.waitFor(() => expect(outbox.snapshot().entries[0]?.state).toBe("conflict"));
  const [stuck] = outbox.snapshot().entries;
  if (stuck) await outbox.resolve(stuck, "theirs");
  expect(outbox.snapshot().entries).toEqual([]);
  expect(server.cells.get("1")?.value).toBe(-1);
});

test("an ended session holds the marks and says so; after signing in they go", async () => {
  const server = new Server();
  server.fault = () => {
    throw new Refused(401, "unauthenticated", "Sign in.");
  };
  const onSignedOut = vi.fn();
  const { outbox } = await make(server, { onSignedOut });
  outbox.add(mark(1, 1));
  await vi.waitFor(() => expect(outbox.snapshot().sending).toBe("signed-out"));
  expect(onSignedOut).toHaveBeenCalled();
  server.fault = null;
  outbox.wake();
  await vi.waitFor(isEmpty(outbox));
  expect(server.cells.get("1")?.value).toBe(1);
});

test("one operation the server cannot read blocks no other, and is kept with the reason", async () => {
  const server = new Server();
  const send = (project: number, operations: Operation[]) =>
    operations.some((operation) => operation.label === 2)
      ? Promise.reject(new Refused(400, "invalid", "label 2 is odd"))
      : server.send(project, operations);
  const { outbox } = await make(server, { send });
  [1, 2, 3].forEach((label) => outbox.add(mark(label, 1)));
  await vi.waitFor(() =>
    expect(outbox.snapshot()).toMatchObject({
      sending: "idle",
      entries: [{ state: "rejected", detail: "label 2 is odd" }],
    }),
  );
  expect([...server.cells.keys()].sort()).toEqual(["1", "3"]);
});

test("undo goes back act by act, redo forward, and a new act ends the way forward", async () => {
  const server = new Server();
  const { outbox } = await make(server, { send: (_project, operations) => Promise.resolve(operations.map(applied)) });
  outbox.add(mark(1, 1));
  outbox.add(mark(2, -1));
  expect((await outbox.undo(1))?.text).toBe("label 2");
  expect((await outbox.undo(1))?.text).toBe("label 1");
  expect(await outbox.undo(1)).toBeNull();
  expect((await outbox.redo(1))?.text).toBe("label 1");
  outbox.add(mark(3, 1));
  await vi.waitFor(isEmpty(outbox));
  expect(await outbox.redo(1)).toBeNull();
  expect((await outbox.undo(1))?.text).toBe("label 3");
});

test("undo pressed three times at once takes back three acts", async () => {
  const server = new Server();
  const { outbox } = await make(server, { send: (_project, operations) => Promise.resolve(operations.map(applied)) });
  for (const label of [1, 2, 3]) outbox.add(mark(label, 1));
  const turned = await Promise.all([outbox.undo(1), outbox.undo(1), outbox.undo(1)]);
  expect(turned.map((act) => act?.text)).toEqual(["label 3", "label 2", "label 1"]);
});

test("each undo and redo names the operation that changed the cells last", async () => {
  const sent: Operation[] = [];
  const send = (_project: number, operations: Operation[]) => {
    sent.push(...operations);
    return Promise.resolve(operations.map(applied));
  };
  const { outbox } = await make(new Server(), { send });
  outbox.add(mark(1, 1));
  await outbox.undo(1);
  await outbox.redo(1);
  await vi.waitFor(isEmpty(outbox));
  const [made, undone, redone] = sent;
  expect(undone).toMatchObject({ kind: "undo", of: made?.id });
  expect(redone).toMatchObject({ kind: "undo", of: undone?.id });
});

/** One holder at a time, as the browser's own lock manager over all tabs. */
function makeLocks(): Pick<LockManager, "request"> {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_name: string, work: () => Promise<unknown>) => {
    last = last.then(work);
    return last;
  };
  return { request } as Pick<LockManager, "request">;
}

test("an act the server has applied already is undone like any other, and ends the way forward", async () => {
  const server = new Server();
  const { outbox } = await make(server);
  outbox.add(mark(1, 1));
  await vi.waitFor(isEmpty(outbox));
  await outbox.undo(1);
  await outbox.remember(1, "7d8f1a52-3f5e-4c5c-9a58-2b9d3a3f0c11", "closing all labels");
  expect(await outbox.redo(1)).toBeNull();
  await vi.waitFor(isEmpty(outbox));
  expect((await outbox.undo(1))?.text).toBe("closing all labels");
  await vi.waitFor(isEmpty(outbox));
  expect(server.requests.at(-1)).toMatchObject([{ kind: "undo", of: "7d8f1a52-3f5e-4c5c-9a58-2b9d3a3f0c11" }]);
});

test("two tabs send every mark once between them, and both see that it has arrived", async () => {
  const server = new Server();
  const locks = makeLocks();
  const name = "two-tabs";
  const tabs = await Promise.all(
    [1, 2].map(() => make(server, { locks, channel: new BroadcastChannel("two-tabs") }, name)),
  );
  for (let label = 1; label <= 20; label += 1) tabs[label % 2]?.outbox.add(mark(label, 1));
  for (const { outbox } of tabs) await vi.waitFor(isEmpty(outbox));
  const ids = server.requests.flat().map((operation) => operation.id);
  expect(ids).toHaveLength(20);
  expect(new Set(ids).size).toBe(20);
  for (const { settled } of tabs) {
    await vi.waitFor(() => expect(new Set(settled.map(({ entry }) => entry.id)).size).toBe(20));
  }
});

test("the acts of one person are not another's to see or undo", async () => {
  const server = new Server();
  server.fault = () => {
    throw new Unreachable();
  };
  const mine = await make(server, { firstDelay: 60_000 });
  mine.outbox.add(mark(1, 1));
  await vi.waitFor(async () => expect(await mine.store.entries(9)).toHaveLength(1));
  const other = await make(server, { person: 10 }, mine.name);
  expect(other.outbox.snapshot().entries).toEqual([]);
  expect(await other.outbox.undo(1)).toBeNull();
});

function applied(operation: Operation): OperationResult {
  return { id: operation.id, status: "applied", detail: "", cells: [], skipped: 0 };
}
