/** How long ago something was, in the words a person would use: one number, one unit. */
const units = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'min' },
  { seconds: 1, name: 's' },
] as const;

/** `at` is an ISO time, `now` epoch milliseconds. Clocks differ a little, so the near future is now. */
export function age(at: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(at)) / 1000);
  const unit = units.find((each) => seconds >= each.seconds);
  return unit === undefined ? 'now' : `${Math.floor(seconds / unit.seconds)} ${unit.name} ago`;
}
