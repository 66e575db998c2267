/** Takes the server's answers into the query cache. */
import type { QueryClient } from "@tanstack/react-query";

import { receiptTold, statesTold } from "../api/cache";
import type { Settled } from "./sift";

/** Take in a batch that the server has answered: values of every result, receipts of those it applied. */
export function takeSettled(queries: QueryClient, project: number, settled: readonly Settled[]): void {
  statesTold(
    queries,
    project,
    settled.flatMap(({ result }) => result.cells),
  );
  for (const { entry, result } of settled) {
    if (result.status !== "applied") continue;
    const cantTell = new Map(
      entry.effects.filter((e) => e.cantTell !== undefined).map((e) => [e.label, e.cantTell ?? false]),
    );
    const image = entry.checked?.image ?? entry.effects[0]?.image;
    if (image === undefined || (cantTell.size === 0 && !entry.checked)) continue;
    receiptTold(queries, project, image, { checked: entry.checked?.on, cantTell });
  }
}
