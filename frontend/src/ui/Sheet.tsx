/** A modal dialog: `<Sheet title="..." isOpen={open} onClose={...}>...</Sheet>`. Keys of the page rest while it is open. */
import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

import { Button } from "./Button";
import "./sheet.css";

interface Props {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** False when leaving would make no sense (signing in again). */
  canClose?: boolean;
}

export function Sheet({ title, isOpen, onClose, children, wide = false, canClose = true }: Props) {
  return (
    <ModalOverlay
      className="sheet-veil"
      isOpen={isOpen}
      isDismissable={canClose}
      isKeyboardDismissDisabled={!canClose}
      onOpenChange={(open) => !open && onClose()}
    >
      <Modal className={`sheet ${wide ? "sheet-wide" : ""}`}>
        <Dialog className="sheet-body">
          <header className="sheet-head">
            <Heading slot="title">{title}</Heading>
            {canClose && <Button kind="quiet" icon="cross" label="Close" onPress={onClose} />}
          </header>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
