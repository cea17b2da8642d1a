/** The only place that ever holds a key, and only in memory: it makes, opens and signs, and forgets when told. */

import { english, generateMnemonic, mnemonicToAccount, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { bytesToHex, hexToBytes } from "viem/utils";
import { open, seal, type Keystore, type Sealed } from "./keystore";

type Ask =
  | { do: "create"; password: string }
  | { do: "import"; words?: string; key?: string; store?: Keystore; password: string; oldPassword?: string }
  | { do: "unlock"; store: Keystore; password: string }
  | { do: "lock" }
  | { do: "sign"; tx: Record<string, unknown> }
  | { do: "typed"; data: never };

let held: PrivateKeyAccount | null = null;

self.addEventListener("message", (event: MessageEvent<{ id: number; ask: Ask }>) => {
  const { id, ask } = event.data;
  answer(ask).then(
    (value) => self.postMessage({ id, value }),
    (problem: Error) => self.postMessage({ id, problem: problem.message }),
  );
});

async function answer(ask: Ask): Promise<unknown> {
  switch (ask.do) {
    case "create": {
      const words = generateMnemonic(english);
      return { words, store: await take(fromWords(words), ask.password) };
    }
    case "import": {
      if (ask.words) return { store: await take(fromWords(ask.words.trim().toLowerCase().split(/\s+/).join(" ")), ask.password) };
      if (ask.key) return { store: await take(hexToBytes(`0x${ask.key.trim().replace(/^0x/, "")}`), ask.password) };
      if (!ask.store) throw new Error("there is nothing to import");
      return { store: await take(await open(ask.store, ask.oldPassword ?? ask.password), ask.password) };
    }
    case "unlock": {
      held = privateKeyToAccount(bytesToHex(await open(ask.store, ask.password)));
      return held.address;
    }
    case "lock":
      held = null;
      return true;
    case "sign":
      return signer().signTransaction(ask.tx as never);
    case "typed":
      return signer().signTypedData(ask.data);
  }
}

function fromWords(words: string): Uint8Array {
  const key = mnemonicToAccount(words).getHdKey().privateKey;
  if (!key) throw new Error("these words give no key");
  return key;
}

async function take(key: Uint8Array, password: string): Promise<Sealed> {
  if (key.length !== 32) throw new Error("a private key has 32 bytes");
  const account = privateKeyToAccount(bytesToHex(key));
  const store = await seal(key, account.address, password);
  held = account;
  return store;
}

function signer(): PrivateKeyAccount {
  if (!held) throw new Error("the wallet is locked");
  return held;
}
