/** Other names of a label, as chips; Enter or a comma adds one. */
import { useState } from "react";
import { Button as AriaButton, Label, Tag, TagGroup, TagList } from "react-aria-components";

import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";

interface Props {
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  isReadOnly: boolean;
}

export function Synonyms({ values, onChange, isReadOnly }: Props) {
  const [text, setText] = useState("");
  const add = (more: string) => {
    const fresh = more
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word && !values.includes(word));
    if (fresh.length) onChange([...values, ...new Set(fresh)]);
    setText("");
  };
  return (
    <div className="synonyms">
      {values.length > 0 && (
        <TagGroup
          selectionMode="none"
          {...(isReadOnly ? {} : { onRemove: (removed) => onChange(values.filter((word) => !removed.has(word))) })}
        >
          <Label className="synonyms-label">Also called</Label>
          <TagList className="chips">
            {values.map((word) => (
              <Tag key={word} id={word} textValue={word} className="chip">
                {word}
                {!isReadOnly && (
                  <AriaButton slot="remove" className="chip-remove" aria-label={`Remove ${word}`}>
                    <Icon name="cross" size={12} />
                  </AriaButton>
                )}
              </Tag>
            ))}
          </TagList>
        </TagGroup>
      )}
      {!isReadOnly && (
        <Field
          name="synonyms"
          label={values.length ? "Another synonym" : "Synonyms"}
          value={text}
          onChange={(next) => (next.includes(",") ? add(next) : setText(next))}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !text.trim()) return;
            event.preventDefault();
            add(text);
          }}
          onBlur={() => add(text)}
          placeholder="sailing boat, dinghy"
          help="They help Tern to read the name. Enter adds one."
        />
      )}
    </div>
  );
}
