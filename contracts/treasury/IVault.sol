// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The treasury: five keys, all five sign
/// @notice Every payment carries the signatures of all five seats (EIP-712). A lost key is replaced by the other four
/// within 30 days, unless its holder shows up: signs a payment, or objects.
interface IVault {
  /// @notice A replacement of one seat's key that waits
  /// @param seat 0 to 4
  /// @param replacement the new key, 0: nothing waits
  /// @param ready unix seconds from which anyone may complete it
  struct Rotation {
    uint8 seat;
    address replacement;
    uint48 ready;
  }

  /// @notice Emitted after a call that all five had signed
  event Executed(uint256 indexed nonce, address indexed target, uint256 value, bytes data);

  /// @notice Emitted when ether came without a call
  event Received(address indexed from, uint256 amount);

  /// @notice Emitted when the other four seats want a new key in a seat
  event SeatRotationProposed(uint256 indexed seat, address indexed present, address indexed replacement, uint256 ready);

  /// @notice Emitted when the seat has shown itself before the time was over
  event SeatRotationVoided(uint256 indexed seat, address indexed present, address indexed replacement);

  /// @notice Emitted when a seat has a new key; `seatSet` is the number of the new seat set
  event SeatRotated(uint256 indexed seat, address indexed former, address indexed present, uint256 seatSet);

  /// @notice Thrown for a key that is 0, the vault, or in a seat already
  error VaultSeatInvalid(uint256 seat, address key);
  /// @notice Thrown when a seat's signature is not its own over exactly this
  error VaultSignatureInvalid(uint256 seat, address key);
  /// @notice Thrown after the signers' deadline
  error VaultExpired(uint256 deadline);
  /// @notice Thrown when the call failed, with what it said
  error VaultCallFailed(address target, bytes answer);
  /// @notice Thrown when one rotation waits already
  error VaultRotationPending(uint256 seat, uint256 ready);
  /// @notice Thrown when no rotation waits
  error VaultRotationMissing();
  /// @notice Thrown before the 30 days are over
  error VaultRotationEarly(uint256 ready);
  /// @notice Thrown when somebody else objects than the seat concerned
  error VaultNotSeat(address caller);

  /// @notice Calls `target` with the word of all five seats
  /// @param deadline unix seconds until which the signatures are good
  /// @param signatures one per seat, in the order of seats, over `digestOf` of the same arguments
  function execute(
    address target,
    uint256 value,
    bytes calldata data,
    uint256 deadline,
    bytes[5] calldata signatures
  ) external returns (bytes memory answer);

  /// @notice Begins to replace the key of a seat with the word of the four others; the seat's own signature is not read
  function proposeRotation(uint256 seat, address replacement, uint256 deadline, bytes[5] calldata signatures) external;

  /// @notice The seat concerned says that it is still there: the rotation is void
  function object() external;

  /// @notice Puts the new key in its seat once the 30 days are over; anyone may call
  function completeRotation() external;

  /// @notice What the seats sign for a payment now: it binds chain, vault, nonce and seat set
  function digestOf(
    address target,
    uint256 value,
    bytes calldata data,
    uint256 deadline
  ) external view returns (bytes32);

  /// @notice What the four other seats sign for a rotation now
  function rotationDigestOf(uint256 seat, address replacement, uint256 deadline) external view returns (bytes32);

  /// @notice The five keys
  function seats() external view returns (address[5] memory);

  /// @notice The number of the present seat set; each rotation adds one
  function seatSet() external view returns (uint256);

  /// @notice The next nonce; payments and proposals count together
  function nonce() external view returns (uint256);

  /// @notice The rotation that waits
  function rotation() external view returns (Rotation memory);
}
