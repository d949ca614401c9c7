// Times and lengths in words. Microseconds since 1970 in, text out.

const two = (value: number) => String(value).padStart(2, "0");

export function utc(us: number): string {
  if (us <= 0) return "unknown";
  return `${new Date(us / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function local(us: number): string {
  if (us <= 0) return "unknown";
  if (localIsUtc(us)) return utc(us);
  const at = new Date(us / 1000);
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone(at)}`
  );
}

// "14:03:22", with the date before it when that is not today.
export function clock(us: number, nowUs: number): string {
  if (us <= 0) return "unknown";
  const at = new Date(us / 1000);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const sameDay = at.toDateString() === new Date(nowUs / 1000).toDateString();
  return sameDay ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

// The local time, and the same in UTC where that differs.
export function localIsUtc(us: number): boolean {
  return new Date(us / 1000).getTimezoneOffset() === 0;
}

function zone(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  return `UTC${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

export function duration(us: number): string {
  const seconds = Math.abs(us) / 1e6;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 && seconds % 1 >= 0.05 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 2880) return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1440)} days`;
}

export function ago(us: number, nowUs: number): string {
  const passed = nowUs - us;
  if (us <= 0) return "";
  if (passed < 5_000_000) return passed < -5_000_000 ? `in ${short(-passed)}` : "now";
  return `${short(passed)} ago`;
}

// One unit only, for the list.
function short(us: number): string {
  const seconds = Math.round(us / 1e6);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}
