/** Who is signed in: theme, keys, sign out. */
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover, Separator } from "react-aria-components";
import { useNavigate } from "react-router";

import { useSession } from "../api/session";
import { useStartCoach } from "../coach/useCoach";
import { useKeyHelp } from "../keys/KeyHelp";
import { useTheme } from "../prefs/useTheme";
import "./menu.css";

export function PersonMenu() {
  const { person, signOut } = useSession();
  const [theme, setTheme] = useTheme();
  const openHelp = useKeyHelp();
  const startCoach = useStartCoach();
  const navigate = useNavigate();
  if (!person) return null;
  const isDark = theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
  const name = person.display_name || person.username;
  return (
    <MenuTrigger>
      <AriaButton className="person" aria-label={`${initials(name)}, ${name}: theme, keys, sign out`}>
        {initials(name)}
      </AriaButton>
      <Popover className="menu-pop" placement="bottom end">
        <p className="menu-who">{name}</p>
        <Menu className="menu">
          <MenuItem onAction={() => setTheme(isDark ? "light" : "dark")}>
            {isDark ? "Light page" : "Dark page"}
          </MenuItem>
          {theme === "system" ? null : <MenuItem onAction={() => setTheme("system")}>Page as the system says</MenuItem>}
          <MenuItem onAction={openHelp}>Keys</MenuItem>
          <MenuItem onAction={startCoach}>One-minute coach</MenuItem>
          <MenuItem onAction={() => void navigate("/password")}>Password</MenuItem>
          <MenuItem onAction={() => void navigate("/tokens")}>Tokens for scripts</MenuItem>
          {person.is_staff ? <MenuItem href="/admin/">Administration</MenuItem> : null}
          <Separator className="menu-line" />
          <MenuItem onAction={() => void signOut()}>Sign out</MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

function initials(name: string): string {
  const parts = name.split(/[\s._-]+/).filter(Boolean);
  return (parts.length > 1 ? `${parts[0]?.[0] ?? ""}${parts.at(-1)?.[0] ?? ""}` : name.slice(0, 2)).toUpperCase();
}
