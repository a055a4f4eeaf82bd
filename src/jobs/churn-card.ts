/** What the churn model's card says in words (docs/guide/churn.md has the definitions). */
import type { CardText } from "../schema/model.ts";

export const CHURN_CARD: CardText = {
  title: "Churn of subscribers",
  use: "To find members who are likely to leave, by which cause, and why: for whoever decides whom to look after, and as an input to decisions that are tested against a group that is left alone.",
  foretells:
    "For a member who pays and renews, counted from three days after the question: the chance that renewal is switched off or the membership ended by choice (voluntary), and that access is lost for failure to pay (involuntary), within 7, 30 and 90 days.",
  limits: [
    "It says who leaves, not whom a message or an offer keeps: that is another model, of what an action changes.",
    "Members on trial, paused, or whose renewal is off are not scored.",
    "Its chances were put right on a later window of the same history; a change of price, of product or of a payment processor calls for another training.",
    "Reasons say what the model goes by, not what causes what: a feature may stand for another.",
    "Slices with fewer than 50 members are not judged.",
  ],
};
