// The screens that the whole web app is looked at on.

/** A laptop's. */
export const WIDE = { viewport: { width: 1440, height: 900 } } as const;
/** The narrowest on which pages have their wide form: maps are drawn by the processor here. */
export const DESK = { viewport: { width: 1040, height: 640 } } as const;
export const PHONE = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
} as const;
