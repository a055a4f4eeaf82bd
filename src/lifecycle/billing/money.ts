/**
 * Prices of the stores as integer minor units: Apple sends thousandths, Google units and nanos, RevenueCat
 * a decimal number. How many digits a currency has is ISO 4217's table; two where it is not listed.
 */
import { invalid } from "./reading.ts";

const NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ");
const THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND".split(" ");

export function minorDigits(currency: string): number {
  return NO_DIGITS.includes(currency) ? 0 : THREE_DIGITS.includes(currency) ? 3 : 2;
}

/**
 * @param amount in whole units of the currency, as a decimal number
 * @throws WaymarkError BILLING_INVALID when it is negative, or no amount
 */
export function minorOf(amount: number, currency: string, path: string): number {
  const minor = Math.round(amount * 10 ** minorDigits(currency)) + 0;
  if (amount >= 0 && Number.isSafeInteger(minor)) return minor;
  throw invalid(`'${path}' is ${amount}; an amount is a number from 0`);
}
