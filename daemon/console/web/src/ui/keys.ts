// Single-key shortcuts, which can be switched off (they would get in the way of speech input). Arrow keys, Enter and Escape stay.

const kSetting = "fusiond.keys";

export class Keys {
  private readonly actions = new Map<string, () => void>();
  private escape: (() => void) | null = null;

  constructor(private readonly toggle: HTMLInputElement) {
    toggle.checked = localStorage.getItem(kSetting) !== "off";
    toggle.addEventListener("change", () => localStorage.setItem(kSetting, toggle.checked ? "on" : "off"));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  on(key: string, action: () => void): void {
    this.actions.set(key, action);
  }
  onEscape(action: () => void): void {
    this.escape = action;
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (event.key === "Escape") {
      this.escape?.();
      return;
    }
    const target = event.target;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return;
    const action = this.toggle.checked ? this.actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key) : undefined;
    if (action !== undefined) {
      event.preventDefault();
      action();
    }
  }
}
