// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Money locked with a hash and a time
/// @notice One side of a swap across chains. Lock with a deposit through the Till, `hold(token(), gross, this,
/// lockOf(…), abi.encode(recipient, hash, deadline))`; whoever shows the secret until the deadline sends it to the
/// recipient, afterwards it goes back to the payer.
/// @dev Amounts in the smallest units of `token()`, times in seconds since 1970. The hash is SHA-256 over exactly 32
/// bytes, which Bitcoin's scripts and other chains' contracts can compute and whose length nobody can stretch. Each
/// lock has a pot of its own whose reference is the lock's name, and the name is made of all its terms and its payer.
interface IHtlcSwap {
  /// @notice What became of a lock.
  enum Stage {
    None,
    Locked,
    Claimed,
    Refunded
  }

  /// @notice Money was locked.
  event SwapLocked(
    bytes32 indexed lock,
    address indexed payer,
    address indexed recipient,
    uint256 gross,
    bytes32 hash,
    uint256 deadline
  );
  /// @notice The secret was shown and the recipient paid: the other side of the swap can be claimed with it.
  event SwapClaimed(bytes32 indexed lock, bytes32 secret);
  /// @notice The payer has the money back.
  event SwapRefunded(bytes32 indexed lock);

  /// @notice Deposits are announced by the Till, and by nobody else.
  error SwapCallerNotTill(address caller);
  /// @notice This is the code behind the instances and locks nothing.
  error SwapBareImplementation();
  /// @notice Money is locked with a deposit; direct payments are not taken.
  error SwapTakesNoPayment();
  /// @notice This instance locks one currency.
  error SwapTokenRefused(address token);
  /// @notice The times in the terms make no swap: the shortest lock is 0 or longer than the longest.
  error SwapTermsInvalid();
  /// @notice Nobody is no recipient.
  error SwapRecipientInvalid();
  /// @notice The deadline is not in the seconds from `first` to `last`.
  error SwapDeadlineRefused(uint256 first, uint256 last, uint256 given);
  /// @notice The reference is not the name of this lock.
  error SwapRefUnknown(bytes32 expected, bytes32 given);
  /// @notice There is no such lock, or it is done; or the same terms were locked before.
  error SwapStageWrong(Stage stage);
  /// @notice This is not the secret.
  error SwapSecretWrong(bytes32 hash);
  /// @notice After the deadline nobody claims, before it only the recipient sends the money back.
  error SwapDeadline(uint256 deadline);
  /// @notice Only this account may do this.
  error SwapNotAllowed(address allowed, address caller);

  /// @notice Shows the secret and pays the recipient. Anyone may call.
  function claim(bytes32 lock, bytes32 secret) external;

  /// @notice After the deadline, sends the money back. Anyone may call.
  function refund(bytes32 lock) external;

  /// @notice The recipient does not want it: the money goes back at once.
  function decline(bytes32 lock) external;

  /// @notice The name of a lock: the reference of its deposit.
  function lockOf(
    address payer,
    address recipient,
    uint96 gross,
    bytes32 hash,
    uint48 deadline
  ) external view returns (bytes32 lock);

  /// @notice The hash of a secret: SHA-256.
  function hashOf(bytes32 secret) external pure returns (bytes32 hash);

  /// @notice A lock: what became of it, its amount, its recipient, who gets it back, its hash and its deadline.
  function standing(
    bytes32 lock
  )
    external
    view
    returns (Stage stage, uint256 gross, address recipient, address payer, bytes32 hash, uint256 deadline);

  /// @notice What the recipient receives of a gross amount.
  function netOf(uint256 gross) external view returns (uint256 net);

  /// @notice Whether it can be claimed now.
  function isClaimable(bytes32 lock) external view returns (bool);

  /// @notice Whether it can be sent back now.
  function isRefundable(bytes32 lock) external view returns (bool);

  /// @notice The last second to claim it, 0 for none.
  function deadlineOf(bytes32 lock) external view returns (uint256);

  /// @notice Whom a lock pays.
  function recipientOf(bytes32 lock) external view returns (address);

  /// @notice The currency, 0 for ether.
  function token() external view returns (address);

  /// @notice How many seconds a lock lasts at least and at most.
  function bounds() external view returns (uint256 shortest, uint256 longest);
}
