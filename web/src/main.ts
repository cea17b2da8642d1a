/** The first page: is the chain alive, how much MZ exists, what can be bought from the registry, how to connect. */

import { templates, type Template } from "./registry";
import { rpc, totalSupply, type Block } from "./rpc";
import { table, type Cell } from "./table";
import { age, mz, short } from "./units";

/** Contract addresses by name, as the node tells them; null where the platform is not rolled out. */
type Platform = Record<string, string> | null;

const MINTED = 100_000_000n * 10n ** 18n;
const SHOWN_BLOCKS = 10;
const POLL_MILLISECONDS = 1000;

let shown = "";
let lastSeen = 0;
let chainId = "";

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

function fill(id: string, content: HTMLElement): void {
  place(id).replaceChildren(content);
}

const text = (value: string): Cell => ({ text: value });
const figure = (value: string): Cell => ({ text: value, number: true });
const address = (value: string): Cell => ({ text: short(value), title: value });

function showSupply(supply: bigint, block: string): void {
  place("supply").textContent =
    supply === MINTED ? `${mz(supply)} MZ` : `${mz(supply)} = ${mz(MINTED)} − ${mz(MINTED - supply)}`;
  place("supply-note").textContent =
    supply === MINTED
      ? `Nothing has been destroyed yet, at block ${BigInt(block)}.`
      : `minted once, minus what fees have destroyed, at block ${BigInt(block)}`;
}

function showTemplates(found: Template[]): void {
  fill(
    "templates",
    table(
      [text("Template"), text("Author"), figure("Version"), figure("Price per use"), figure("Share of trades")],
      found.map((t) => [
        text(t.name),
        address(t.author),
        figure(String(t.version)),
        figure(`${mz(t.price)} MZ`),
        figure(`${t.shareBps / 100} %`),
      ]),
      "Nobody has published a template here yet.",
    ),
  );
}

function showContracts(found: Record<string, string>): void {
  fill(
    "contracts",
    table(
      [text("Contract"), text("Address")],
      Object.entries(found).map(([name, at]) => [text(name), text(at)]),
      "The platform's contracts are not deployed on this chain.",
    ),
  );
}

async function showBlocks(head: Block): Promise<void> {
  const newest = Number(head.number);
  const numbers = Array.from({ length: Math.min(SHOWN_BLOCKS, newest + 1) }, (_, i) => newest - i);
  const blocks = await Promise.all(
    numbers.map((n) => rpc<Block>("eth_getBlockByNumber", [`0x${n.toString(16)}`, false])),
  );
  const now = Date.now() / 1000;
  fill(
    "blocks",
    table(
      [text("Block"), text("Hash"), figure("Transactions"), figure("Gas used"), figure("Age")],
      blocks.map((b) => [
        text(String(Number(b.number))),
        address(b.hash),
        figure(String(b.transactions.length)),
        figure(Number(b.gasUsed).toLocaleString("en")),
        figure(age(Number(b.timestamp), now)),
      ]),
      "",
    ),
  );
}

async function refresh(): Promise<void> {
  const head = await rpc<Block>("eth_getBlockByNumber", ["latest", false]);
  if (head.hash === shown) return;
  place("head").textContent = Number(head.number).toLocaleString("en");
  await showBlocks(head);
  const found = await rpc<Platform>("mz_platform");
  if (found?.["mz"] && found["templates"]) {
    showSupply(await totalSupply(found["mz"], head.number), head.number);
    showTemplates(await templates(found["templates"], head.number));
    showContracts(found);
  } else {
    place("supply").textContent = "—";
    place("supply-note").textContent = "The platform's contracts are not deployed on this chain.";
    fill("templates", table([], [], "There is no registry on this chain."));
  }
  shown = head.hash;
}

async function poll(): Promise<void> {
  try {
    if (!chainId) {
      chainId = await rpc<string>("eth_chainId");
      place("chain").textContent = `chain ${Number(chainId)}`;
    }
    await refresh();
    lastSeen = Date.now();
    place("live").className = "dot on";
    place("live").setAttribute("aria-label", "connected");
    place("lost").hidden = true;
  } catch (problem) {
    const since = lastSeen ? ` ${Math.round((Date.now() - lastSeen) / 1000)} s ago` : "";
    place("live").className = "dot off";
    place("live").setAttribute("aria-label", "not connected");
    place("lost").hidden = false;
    place("lost").textContent = `Lost the node${since}: ${(problem as Error).message}. What you see may be out of date.`;
  }
  setTimeout(() => void poll(), POLL_MILLISECONDS);
}

interface Wallet {
  request(call: { method: string; params: unknown[] }): Promise<unknown>;
}

function offerNetwork(): void {
  const wallet = (window as unknown as { ethereum?: Wallet }).ethereum;
  if (!wallet) return;
  const button = place("add-network");
  button.hidden = false;
  button.addEventListener("click", () => {
    wallet
      .request({
        method: "wallet_addEthereumChain",
        params: [
          {
            chainId,
            chainName: `MZ Chain ${Number(chainId)}`,
            rpcUrls: [location.origin],
            nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
          },
        ],
      })
      .then(() => (place("wallet-answer").textContent = "The wallet knows this chain now."))
      .catch((refusal: Error) => (place("wallet-answer").textContent = `The wallet refused: ${refusal.message}`));
  });
}

place("rpc").textContent = location.origin;
offerNetwork();
void poll();
