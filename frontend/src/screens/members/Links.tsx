/** The links of people who were just added, shown this once; several are copied as a list. */
import type { Schemas } from "../../api/types";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copyText";
import { Secret } from "../../ui/Secret";

type Invited = Schemas["Invited"] | Schemas["InvitedLine"];

export function Links({ invited, onDone }: { invited: readonly Invited[]; onDone: () => void }) {
  const announce = useAnnounce();
  const withLink = invited.filter((one) => one.one_time_link !== null);
  const others = invited.filter((one) => one.one_time_link === null);
  const list = withLink.map((one) => `${one.user.username}\t${addressOf(one)}`).join("\n");
  const copy = async () => {
    const done = await copyText(list);
    announce(done ? "All links copied" : "They could not be copied: select them and copy them by hand", { show: true });
  };
  const [only] = withLink;
  return (
    <div className="form">
      {withLink.length === 1 && only && (
        <>
          <p>Give this link to {nameOf(only)}. It signs in once, within a day, and is shown only now.</p>
          <Secret label={`Link for ${nameOf(only)}`} value={addressOf(only)} />
        </>
      )}
      {withLink.length > 1 && (
        <>
          <p>
            Each link signs its person in once, within a day. They are shown only now: copy them all before you close
            this.
          </p>
          <textarea
            className="links mono"
            aria-label="Names and links"
            readOnly
            rows={Math.min(10, withLink.length + 1)}
            value={list}
            data-testid="links"
            ref={(field) => field?.focus()}
            onFocus={(event) => event.target.select()}
          />
        </>
      )}
      {others.map((one) => (
        <p key={one.id} className="part-note">
          {"is_new" in one && !one.is_new
            ? `${nameOf(one)} was a member before.`
            : `${nameOf(one)} has an account already and finds the project on the start page.`}
        </p>
      ))}
      <div className="form-end">
        {withLink.length > 1 && (
          <Button icon="copy" onPress={() => void copy()}>
            Copy all
          </Button>
        )}
        <Button kind="main" onPress={onDone} autoFocus={withLink.length === 0}>
          Done
        </Button>
      </div>
    </div>
  );
}

function nameOf(one: Invited): string {
  return one.user.display_name || one.user.username;
}

function addressOf(one: Invited): string {
  return new URL(one.one_time_link ?? "", location.origin).href;
}
