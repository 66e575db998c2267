/**
 * The palette (`Ctrl K`): a field and a list of whatever fits what is typed. Enter takes the first or the one that the
 * arrows came to. It closes before it acts, so that the act finds the page as the person left it.
 */
import { useDeferredValue, useMemo, useState } from "react";
import {
  Autocomplete,
  Collection,
  Dialog,
  Header,
  Heading,
  Input,
  ListBox,
  ListBoxItem,
  ListBoxSection,
  Modal,
  ModalOverlay,
  SearchField,
  Text,
} from "react-aria-components";

import { Icon } from "../../ui/Icon";
import type { IconName } from "../../ui/Icon";
import { groupsOf } from "./entries";
import type { Entry, Kind } from "./entries";
import { useEntries } from "./useEntries";
import "./palette.css";

const ICONS: Readonly<Record<Kind, IconName>> = {
  act: "keys",
  page: "right",
  label: "check",
  picture: "picture",
  project: "grid",
};

export function Palette({ onClose }: { onClose: () => void }) {
  return (
    <ModalOverlay className="sheet-veil palette-veil" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="palette">
        <Dialog className="palette-body">
          <Heading slot="title" className="hidden-text">
            Go to or do
          </Heading>
          <Search onClose={onClose} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Search({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const asked = useDeferredValue(query);
  const entries = useEntries(asked);
  const groups = useMemo(() => groupsOf(entries, asked), [entries, asked]);
  const take = (id: string) => {
    const entry = entries.find((one) => one.id === id);
    onClose();
    // The dialog gives the focus back first.
    if (entry) requestAnimationFrame(() => requestAnimationFrame(entry.run));
  };
  return (
    <Autocomplete inputValue={query} onInputChange={setQuery}>
      <SearchField
        className="palette-field"
        aria-label="Go to a page, a label or a picture, or do something here"
        autoFocus
      >
        <Icon name="find" />
        <Input
          role="combobox"
          aria-expanded="true"
          className="palette-input"
          placeholder="A page, a label, a picture, an act"
          autoComplete="off"
          spellCheck="false"
        />
        <kbd aria-hidden="true">Esc</kbd>
      </SearchField>
      <ListBox
        className="palette-list"
        aria-label="What fits"
        selectionMode="none"
        onAction={(id) => take(id.toString())}
        renderEmptyState={() => <p className="palette-none">Nothing here says “{asked}”.</p>}
      >
        {groups.map((group) => (
          <ListBoxSection key={group.kind} id={group.kind} className="palette-group">
            <Header className="palette-title">
              {group.title}
              {group.more > 0 && <span>{group.more.toString()} more, type on</span>}
            </Header>
            <Collection items={group.entries}>{(entry) => <Line entry={entry} />}</Collection>
          </ListBoxSection>
        ))}
      </ListBox>
    </Autocomplete>
  );
}

function Line({ entry }: { entry: Entry }) {
  return (
    <ListBoxItem id={entry.id} textValue={entry.text} className="palette-line">
      <Icon name={ICONS[entry.kind]} size={16} />
      <Text slot="label" className="palette-text">
        {entry.text}
      </Text>
      {entry.hint && <kbd>{entry.hint}</kbd>}
    </ListBoxItem>
  );
}
