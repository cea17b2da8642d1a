/** The page: one document for all paths, one element that shows what the path says. */

import "./show/amount";
import "./show/foreign";
import "./show/address";
import "./app";
import { chain } from "./net/node";

chain.start();
