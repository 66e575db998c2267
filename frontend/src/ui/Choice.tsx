/**
 * Small choices: `<Segments>` (one of a few, always visible), `<Select>` (one of many), `<Switch>` (on or off),
 * `<Ticks>` (several of a few). All are named, and work by keyboard.
 */
import { useId } from "react";
import {
  Checkbox,
  CheckboxGroup,
  Label,
  Switch as AriaSwitch,
  ToggleButton,
  ToggleButtonGroup,
} from "react-aria-components";

import { Icon } from "./Icon";
import "./choice.css";

export interface Option<Value extends string> {
  value: Value;
  text: string;
  help?: string;
  /** Shown, so that it is known of, but not to be chosen. */
  isDisabled?: boolean;
}

interface OneOf<Value extends string> {
  label: string;
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
}

export function Segments<Value extends string>({ label, value, options, onChange }: OneOf<Value>) {
  return (
    <ToggleButtonGroup
      className="segments"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(chosen) => {
        const option = options.find((candidate) => chosen.has(candidate.value));
        if (option) onChange(option.value);
      }}
    >
      {options.map((option) => (
        <ToggleButton key={option.value} id={option.value} className="segment">
          {option.text}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

interface SelectProps<Value extends string> extends OneOf<Value> {
  /** Only for screen readers, where the place says what it is. */
  hideLabel?: boolean;
  isDisabled?: boolean;
  /** "quiet" in toolbars, "stacked" where its label stands above it. */
  kind?: "plain" | "quiet" | "stacked";
}

export function Select<Value extends string>({
  label,
  value,
  options,
  onChange,
  hideLabel = false,
  isDisabled = false,
  kind = "plain",
}: SelectProps<Value>) {
  const id = useId();
  return (
    <span className={kind === "plain" ? "choice" : `choice choice-${kind}`}>
      <label htmlFor={id} className={hideLabel ? "hidden-text" : "choice-label"}>
        {label}
      </label>
      <span className="choice-box">
        <select
          id={id}
          className="choice-select"
          value={value}
          disabled={isDisabled}
          onChange={(event) => onChange(event.target.value as Value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.isDisabled ?? false}>
              {option.text}
            </option>
          ))}
        </select>
        <Icon name="down" size={14} />
      </span>
    </span>
  );
}

interface SwitchProps {
  children: string;
  help?: string;
  isOn: boolean;
  onChange: (on: boolean) => void;
  isDisabled?: boolean;
}

export function Switch({ children, help, isOn, onChange, isDisabled = false }: SwitchProps) {
  return (
    <AriaSwitch className="switch" isSelected={isOn} onChange={onChange} isDisabled={isDisabled}>
      <span className="switch-track" aria-hidden="true" />
      <span>
        {children}
        {help && <span className="switch-help">{help}</span>}
      </span>
    </AriaSwitch>
  );
}

interface TicksProps<Value extends string> {
  label: string;
  values: readonly Value[];
  options: readonly Option<Value>[];
  onChange: (values: Value[]) => void;
}

export function Ticks<Value extends string>({ label, values, options, onChange }: TicksProps<Value>) {
  return (
    <CheckboxGroup
      className="ticks"
      value={[...values]}
      onChange={(chosen) => onChange(options.map((option) => option.value).filter((value) => chosen.includes(value)))}
    >
      <Label>{label}</Label>
      {options.map((option) => (
        <Checkbox key={option.value} value={option.value} className="tick">
          <span className="tick-box" aria-hidden="true">
            <Icon name="check" size={14} />
          </span>
          <span>
            {option.text}
            {option.help && <span className="switch-help">{option.help}</span>}
          </span>
        </Checkbox>
      ))}
    </CheckboxGroup>
  );
}
