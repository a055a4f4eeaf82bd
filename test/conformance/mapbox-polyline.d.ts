// @mapbox/polyline ships no types: what the tests use of it, [latitude, longitude] in degrees.
declare module "@mapbox/polyline" {
  interface Polyline {
    decode(text: string, precision?: number): [number, number][];
    encode(points: readonly [number, number][], precision?: number): string;
  }
  const polyline: Polyline;
  export default polyline;
}
