/** A labelled text field with help and error: `<Field label="Name" value={name} onChange={setName} error={...} />`. */
import { FieldError, Input, Label, Text, TextArea, TextField } from "react-aria-components";
import type { TextFieldProps } from "react-aria-components";

import "./field.css";

interface Props extends Omit<TextFieldProps, "children" | "className"> {
  label: string;
  help?: string;
  error?: string | undefined;
  lines?: number;
  placeholder?: string;
}

export function Field({ label, help, error, lines, placeholder, ...rest }: Props) {
  return (
    <TextField {...rest} className="field" isInvalid={error !== undefined}>
      <Label>{label}</Label>
      {lines ? <TextArea rows={lines} placeholder={placeholder} /> : <Input placeholder={placeholder} />}
      {help && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </TextField>
  );
}
