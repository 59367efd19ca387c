/** The build step's output (apps/consumer/connector-libraries.mjs), so that types check before anything was built. */
declare module '*/connector-libraries.txt' {
  const text: string;
  export default text;
}
