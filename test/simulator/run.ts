// A campaign in a process of its own: its plan comes as JSON, and so does what
// came of it. An unhandled rejection that no simulation catches ends it.
import { runCampaign, type CampaignPlan } from './campaign.js';

// Most errors here are meant; the schedule of a seed tells more than a stack.
Error.stackTraceLimit = 0;

const plan = JSON.parse(process.argv[2] ?? '{}') as CampaignPlan;
process.stdout.write(JSON.stringify(await runCampaign(plan)));
