/** Catches what a screen throws, says so, and offers to go on; the outbox above it is not touched. */
import { Component } from "react";
import type { ReactNode } from "react";

import { sayError } from "../api/errors";
import { Button } from "./Button";
import { Empty } from "./Empty";

interface State {
  error: unknown;
}

export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Empty
        title="This screen has failed"
        tone="bad"
        action={<Button onPress={() => location.reload()}>Load it again</Button>}
      >
        Your marks are kept. What went wrong: {sayError(this.state.error)}
      </Empty>
    );
  }
}
