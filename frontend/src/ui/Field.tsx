/**
 * A labelled text field with help and error: `<Field name="title" label="Title" value={title} onChange={setTitle} />`.
 * In a `<Form>` it shows what the server refused of the entry `name`; `error` is for what the page itself knows.
 */
import { FieldError, Input, Label, Text, TextArea, TextField } from "react-aria-components";
import type { TextFieldProps } from "react-aria-components";

import { useRefusal } from "./Form";
import "./field.css";

interface Props extends Omit<TextFieldProps, "children" | "className"> {
  label: string;
  help?: string;
  error?: string | undefined;
  lines?: number;
  placeholder?: string;
}

export function Field({ label, help, error, lines, placeholder, onChange, ...rest }: Props) {
  const { refusal, forget } = useRefusal(rest.name);
  const wrong = error ?? refusal;
  const change = (text: string) => {
    forget();
    onChange?.(text);
  };
  return (
    <TextField {...rest} onChange={change} className="field" validationBehavior="aria" isInvalid={wrong !== undefined}>
      <Label>{label}</Label>
      {lines ? <TextArea rows={lines} placeholder={placeholder} /> : <Input placeholder={placeholder} />}
      {help && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldError className="field-error">{wrong}</FieldError>
    </TextField>
  );
}
