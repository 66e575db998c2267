/** Files of what was dropped or chosen, with the folders they lie in. */
import { isDirectoryDropItem, isFileDropItem } from "react-aria-components";
import type { DropItem } from "react-aria-components";

import type { Chosen } from "./upload";

/** What systems lay beside people's files. */
const SYSTEM = /^(\.|__MACOSX$|thumbs\.db$|desktop\.ini$)/i;

export async function dropped(items: readonly DropItem[], above = ""): Promise<Chosen[]> {
  const found: Chosen[] = [];
  for (const item of items) {
    if (isFileDropItem(item)) {
      found.push({ file: await item.getFile(), path: `${above}${item.name}` });
    } else if (isDirectoryDropItem(item) && !SYSTEM.test(item.name)) {
      const inside: DropItem[] = [];
      for await (const entry of item.getEntries()) inside.push(entry);
      found.push(...(await dropped(inside, `${above}${item.name}/`)));
    }
  }
  return found.filter(({ file }) => !SYSTEM.test(file.name));
}

/** Files of an input; those of a folder know their path. */
export function chosen(list: FileList): Chosen[] {
  return [...list]
    .filter((file) => !SYSTEM.test(file.name))
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}
