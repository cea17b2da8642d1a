/** Wallets that the browser brings along: found by EIP-6963, spoken to by EIP-1193, told of the chain by EIP-3085 and of
 * the token by EIP-747. Their names and icons are foreign text and foreign pictures. */

import { toHex } from "viem/utils";
import { chain } from "../net/node";
import { account, act, WrongNetwork, type Account, type Sending, type TypedData } from "./account";

export interface Provider {
  request(call: { method: string; params?: unknown }): Promise<unknown>;
  on?(event: string, listener: (value: never) => void): void;
}

export interface Found {
  uuid: string;
  name: string;
  rdns: string;
  icon: string;
  provider: Provider;
}

const found = new Map<string, Found>();

interface Announcement {
  info?: { uuid?: unknown; name?: unknown; rdns?: unknown; icon?: unknown };
  provider?: Provider;
}

window.addEventListener("eip6963:announceProvider", (event) => {
  const { info, provider } = (event as CustomEvent<Announcement>).detail ?? {};
  if (!provider || typeof info?.uuid !== "string") return;
  const icon = typeof info.icon === "string" && /^data:image\/(png|svg\+xml|webp|jpeg)[;,]/.test(info.icon) ? info.icon : "";
  found.set(info.uuid, { uuid: info.uuid, name: String(info.name ?? ""), rdns: String(info.rdns ?? ""), icon, provider });
  window.dispatchEvent(new Event("mz-account"));
});

/** Every wallet that has announced itself; several of one kind are several. */
export function wallets(): Found[] {
  const listed = [...found.values()];
  const old = (window as unknown as { ethereum?: Provider }).ethereum;
  if (old && !listed.some((one) => one.provider === old)) {
    listed.push({ uuid: "window.ethereum", name: "window.ethereum", rdns: "", icon: "", provider: old });
  }
  return listed;
}

export function lookForWallets(): void {
  window.dispatchEvent(new Event("eip6963:requestProvider"));
}

export async function connect(wallet: Found): Promise<void> {
  const accounts = (await wallet.provider.request({ method: "eth_requestAccounts" })) as string[];
  take(wallet, accounts);
  wallet.provider.on?.("accountsChanged", ((now: string[]) => {
    if (account()?.kind === "injected") take(wallet, now);
  }) as never);
  wallet.provider.on?.("chainChanged", (() => window.dispatchEvent(new Event("mz-account"))) as never);
}

function take(wallet: Found, accounts: string[]): void {
  const address = accounts[0];
  act(address ? make(wallet, address) : null);
}

function make(wallet: Found, address: string): Account {
  const ask = (method: string, params: unknown): Promise<unknown> => wallet.provider.request({ method, params });
  const chainId = async (): Promise<number> => Number(await ask("eth_chainId", []));
  return {
    address,
    kind: "injected",
    label: wallet.name,
    chainId,
    async send(wish: Sending): Promise<string> {
      const on = await chainId();
      if (on !== chain.chainId) throw new WrongNetwork(on);
      const tx = {
        from: address,
        ...(wish.to ? { to: wish.to } : {}),
        data: wish.data,
        value: toHex(wish.value),
        gas: toHex(wish.gas),
        maxFeePerGas: toHex(wish.maxFeePerGas),
        maxPriorityFeePerGas: toHex(wish.maxPriorityFeePerGas),
      };
      return (await ask("eth_sendTransaction", [tx])) as string;
    },
    async signTyped(data: TypedData): Promise<`0x${string}`> {
      const on = await chainId();
      if (on !== chain.chainId) throw new WrongNetwork(on);
      const plain = JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
      return (await ask("eth_signTypedData_v4", [address, plain])) as `0x${string}`;
    },
  };
}

/** EIP-3085, then EIP-3326; the wallet asks its user. */
export async function addNetwork(provider: Provider): Promise<void> {
  const chainId = toHex(chain.chainId);
  await provider.request({
    method: "wallet_addEthereumChain",
    params: [
      {
        chainId,
        chainName: `MZ Chain ${chain.chainId}`,
        rpcUrls: [location.origin],
        nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
        blockExplorerUrls: [location.origin],
      },
    ],
  });
  await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
}

/** EIP-747. */
export async function addToken(provider: Provider, address: string): Promise<void> {
  await provider.request({
    method: "wallet_watchAsset",
    params: { type: "ERC20", options: { address, symbol: "MZ", decimals: 18 } },
  });
}

export function providerOf(label: string): Provider | null {
  return wallets().find((one) => one.name === label)?.provider ?? wallets()[0]?.provider ?? null;
}
