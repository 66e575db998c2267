/**
 * Buttons. `kind` is "plain" (default), "main" (one per view), "quiet" (toolbars) or "danger"; `keyHint` paints the key
 * that does the same (and names it in `data-key`, also where it is only in the tooltip). An icon-only button needs
 * `label`, which is read out and shown as its tooltip. `className` is a class of the place's own, for how the button
 * stands in it.
 */
import type { ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger } from "react-aria-components";
import type { ButtonProps as AriaButtonProps } from "react-aria-components";

import { Icon } from "./Icon";
import type { IconName } from "./Icon";
import "./button.css";

interface Props extends Omit<AriaButtonProps, "children" | "className"> {
  kind?: "plain" | "main" | "quiet" | "danger";
  icon?: IconName;
  label?: string;
  keyHint?: string | undefined;
  pressed?: boolean;
  className?: string;
  children?: ReactNode;
}

export function Button({ kind = "plain", icon, label, keyHint, pressed, className = "", children, ...rest }: Props) {
  const button = (
    <AriaButton
      {...rest}
      className={`button button-${kind} ${children === undefined ? "button-icon" : ""} ${className}`}
      aria-label={label ?? rest["aria-label"]}
      aria-pressed={pressed}
      data-on={pressed || undefined}
      data-key={keyHint}
    >
      {icon && <Icon name={icon} />}
      {children}
      {keyHint && children !== undefined && <kbd aria-hidden="true">{keyHint}</kbd>}
    </AriaButton>
  );
  if (!label || children !== undefined) return button;
  return (
    <TooltipTrigger delay={400}>
      {button}
      <Tooltip className="tooltip">
        {label} {keyHint && <kbd>{keyHint}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
