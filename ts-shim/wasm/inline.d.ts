/** The component, base64. Written to `dist/wasm/inline.js` by the build. */
declare const component: string;
export default component;
