/** The mark, drawn in the accent of the current theme. */
export function Logo({ size = 36 }: { size?: number }) {
  return (
    <svg viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <rect width="64" height="64" rx="17" fill="var(--brand)" />
      <path d="M18 46V22a6 6 0 0 1 6-6h14a12 12 0 0 1 0 24H28l-10 8z" fill="white" />
      <circle cx="29" cy="28" r="2.8" fill="var(--brand)" />
      <circle cx="38" cy="28" r="2.8" fill="var(--brand)" />
    </svg>
  );
}
