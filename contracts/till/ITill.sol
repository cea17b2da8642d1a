// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The Till: one approval, one formula, one place where every trade is counted
/// @notice A payer pays exactly `gross`. Of it `fee = ceil(gross * feeBps / 10,000)` goes to the platform (burned when
/// it is MZ), `share = floor(gross * shareBps / 10,000)` to the author of the template the receiver was made from, and
/// the rest, `net`, to the receiver. Refundable money waits in a pot inside the Till and never enters an instance.
/// @dev `token = address(0)` is ether everywhere. The Till pulls only from its own caller.
interface ITill {
  /// @notice Escrow of one (instance, token, ref)
  /// @param left what has been neither released nor refunded
  /// @param total what the payers who were not refunded have deposited
  /// @param expiry unix seconds; until and including then the instance may release, afterwards anyone may reclaim
  /// @param feeBps the fee rate of the first deposit, in basis points
  /// @param closed true from the first release on: no further deposit, for good
  struct Pot {
    uint96 left;
    uint96 total;
    uint48 expiry;
    uint8 feeBps;
    bool closed;
  }

  /// @notice An EIP-2612 signature of the caller in favour of the Till
  struct Permit {
    uint256 value;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
  }

  /// @notice Emitted once per trade, with its whole audit line; the receiver's net is `gross - fee - share`
  /// @param from the payer, or the instance whose pot was released
  /// @param to who received the net
  /// @param ref what was paid for
  /// @param token the currency, 0 for ether
  /// @param gross what the trade cost its payer
  /// @param fee the platform's part, in `token`
  /// @param share the template author's part, in `token`
  /// @param payee who the author's part belongs to, 0 when there is none
  /// @param burned MZ destroyed for the fee: `fee` itself when `token` is MZ, the MZ that stood in for it when the
  /// payer chose so, otherwise 0
  event Settled(
    address indexed from,
    address indexed to,
    bytes32 indexed ref,
    address token,
    uint256 gross,
    uint256 fee,
    uint256 share,
    address payee,
    uint256 burned
  );

  /// @notice Emitted after a deposit has been accepted by its instance
  event Held(
    address indexed payer,
    address indexed instance,
    bytes32 indexed ref,
    address token,
    uint256 gross,
    uint256 expiry
  );

  /// @notice Emitted when a payer's part of a pot went back; `byInstance` is false for a reclaim after expiry
  event Refunded(
    address indexed payer,
    address indexed instance,
    bytes32 indexed ref,
    address token,
    uint256 amount,
    bool byInstance
  );

  /// @notice Emitted when money waits for its owner instead of being sent (author's shares, payees that refused it)
  event Credited(address indexed payee, address indexed token, uint256 amount);

  /// @notice Emitted when a credit left the Till
  event Withdrawn(address indexed payee, address indexed token, address to, uint256 amount);

  /// @notice Emitted when collected revenue was divided
  event Swept(address indexed token, uint256 toBuyback, uint256 toVault);

  /// @notice Thrown when an amount is 0 or above 2^112 - 1
  error TillAmountInvalid(uint256 gross);
  /// @notice Thrown when the ether sent differs from what the call costs
  error TillValueMismatch(uint256 expected, uint256 sent);
  /// @notice Thrown when money would go to 0, the traded token, MZ, the Till or the Templates
  error TillReceiverRefused(address receiver);
  /// @notice Thrown when a contract was expected and there is none
  error TillCalleeWithoutCode(address callee);
  /// @notice Thrown when an instance did not answer with the selector it was called by
  error TillCalleeRefused(address callee, bytes4 answer);
  /// @notice Thrown when a token moved another amount than it was told (fee on transfer, rebasing, hooks)
  error TillTokenOdd(address token, uint256 expected, uint256 moved);
  /// @notice Thrown when the Till is entered while token or receiver code runs
  error TillBusy();
  /// @notice Thrown when a receiver of a direct payment, withdrawal or sweep does not take the money
  error TillSendRefused(address token, address to, uint256 amount);
  /// @notice Thrown when a pot is touched from inside the `onHold` of its own deposit, or any pot is filled there
  error TillPotInFlight(bytes32 pot);
  /// @notice Thrown when a deposit comes after the pot's first release
  error TillPotClosed(bytes32 pot);
  /// @notice Thrown when a deposit or release comes after the pot's expiry
  error TillPotExpired(bytes32 pot, uint256 expiry);
  /// @notice Thrown when a reclaim comes before the pot's expiry is over
  error TillPotNotExpired(bytes32 pot, uint256 expiry);
  /// @notice Thrown when the pot holds less than asked for
  error TillPotTooSmall(bytes32 pot, uint256 left, uint256 wanted);
  /// @notice Thrown when a pot would exceed 2^96 - 1 units
  error TillPotFull(bytes32 pot, uint256 total);
  /// @notice Thrown when an account has nothing in a pot: it never paid, or was refunded
  error TillNotPayer(bytes32 pot, address payer);
  /// @notice Thrown when an instance's expiry is not in the future or later than `latest`
  error TillExpiryInvalid(uint256 expiry, uint256 latest);
  /// @notice Thrown when a deposit is meant for an instance whose owner could change its code
  error TillInstanceUpgradeable(address instance);
  /// @notice Thrown when there is nothing to withdraw
  error TillNoCredit(address token, address payee);
  /// @notice Thrown when no revenue in this token waits to be swept
  error TillNothingToSweep(address token);
  /// @notice Thrown when the Till was made without a Buyback or a Vault
  error TillSweepClosed();
  /// @notice Thrown when the fee rate is outside 50 to 100 basis points
  error TillFeeOutOfBounds(uint256 feeBps);
  /// @notice Thrown when the fee would cost more MZ than the payer allowed
  error TillFeeAboveLimit(uint256 mzFee, uint256 maxMZ);
  /// @notice Thrown when the Till is made with an address that has no code where a contract is needed
  error TillAddressInvalid(address account);

  /// @notice Pays `gross` to anyone
  /// @param token the currency, 0 for ether (then `msg.value` must be `gross`)
  /// @param gross what the caller pays in all
  /// @param to who receives the net
  /// @param ref what is paid for; free text of 32 bytes for the receipt
  /// @return net what `to` received
  function pay(address token, uint256 gross, address to, bytes32 ref) external payable returns (uint256 net);

  /// @notice Pays `gross` to an instance and tells it so; either both happen or nothing
  function payAndCall(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data
  ) external payable returns (uint256 net);

  /// @notice As `pay`, with the fee in MZ at 0.35 yuan each; without a fresh price the fee stays in `token`
  /// @dev With ether, `msg.value` is still `gross`; what the MZ stood in for comes back in the same transaction.
  /// @param maxMZ the most MZ the caller lets go for the fee
  function payFeeInMZ(
    address token,
    uint256 gross,
    address to,
    bytes32 ref,
    uint256 maxMZ
  ) external payable returns (uint256 net);

  /// @notice As `payAndCall`, with the fee in MZ
  function payAndCallFeeInMZ(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    uint256 maxMZ
  ) external payable returns (uint256 net);

  /// @notice As `pay`, using a signature instead of an earlier approval; a used or refused signature is passed over
  function payWithPermit(
    address token,
    uint256 gross,
    address to,
    bytes32 ref,
    Permit calldata permit
  ) external returns (uint256 net);

  /// @notice As `payAndCall`, using a signature instead of an earlier approval
  function payAndCallWithPermit(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    Permit calldata permit
  ) external returns (uint256 net);

  /// @notice Deposits `gross` into the pot (instance, token, ref); no fee until it is released
  function hold(address token, uint256 gross, address instance, bytes32 ref, bytes calldata data) external payable;

  /// @notice As `hold`, using a signature instead of an earlier approval
  function holdWithPermit(
    address token,
    uint256 gross,
    address instance,
    bytes32 ref,
    bytes calldata data,
    Permit calldata permit
  ) external;

  /// @notice Settles `gross` of the calling instance's pot; the first release closes the pot to deposits
  /// @return net what `to` received, or has been credited with if it did not take it
  function release(address token, bytes32 ref, uint256 gross, address to) external returns (uint256 net);

  /// @notice Gives a payer of the calling instance's pot back `paidIn * left / total`, exactly what was paid as long
  /// as nothing was released
  function refund(address token, bytes32 ref, address payer) external returns (uint256 amount);

  /// @notice After expiry, anyone gives a payer their part of a pot back
  function reclaim(address instance, address token, bytes32 ref, address payer) external returns (uint256 amount);

  /// @notice Sends the caller's whole credit to `to`
  function withdraw(address token, address to) external returns (uint256 amount);

  /// @notice Sends a payee's whole credit to that payee; anyone may call
  function withdrawFor(address token, address payee) external returns (uint256 amount);

  /// @notice Divides all revenue collected in `token`: half to the Buyback (odd unit included), half to the Vault
  function sweep(address token) external returns (uint256 toBuyback, uint256 toVault);

  /// @notice The MZ token
  function mz() external view returns (address);

  /// @notice The template registry that knows where an instance comes from
  function templates() external view returns (address);

  /// @notice The yuan price feed, 0 for none
  function feed() external view returns (address);

  /// @notice Where half of the revenue goes to buy MZ and burn it, 0 for not yet
  function buyback() external view returns (address);

  /// @notice Where the other half goes, 0 for not yet
  function vault() external view returns (address);

  /// @notice The settlement fee in basis points, 50 to 100, fixed for good
  function feeBps() external view returns (uint256);

  /// @notice What a payment of `gross` to `to` divides into
  function quote(
    uint256 gross,
    address to
  ) external view returns (uint256 fee, uint256 share, address payee, uint256 net);

  /// @notice The MZ that would stand in for the fee on `gross` of `token`, 0 when no fresh price exists
  function feeInMZ(address token, uint256 gross) external view returns (uint256 mzFee);

  /// @notice The pot of (instance, token, ref), all zero if there is none
  function pot(address instance, address token, bytes32 ref) external view returns (Pot memory);

  /// @notice What a payer has in a pot, before any release is counted
  function paidIn(address instance, address token, bytes32 ref, address payer) external view returns (uint256);

  /// @notice The key under which errors name a pot
  function potOf(address instance, address token, bytes32 ref) external pure returns (bytes32);

  /// @notice What waits for `payee` to be withdrawn
  function credit(address token, address payee) external view returns (uint256);

  /// @notice Revenue collected in `token` and not yet swept; MZ fees burn and never show here
  function unswept(address token) external view returns (uint256);

  /// @notice Revenue collected in `token` during one quarter
  function revenue(address token, uint256 quarter) external view returns (uint256);

  /// @notice The present quarter: quarters of a mean year (7,889,238 seconds) since 1970
  function currentQuarter() external view returns (uint256);
}
