// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IVault} from "./IVault.sol";

/// @title The platform's treasury
/// @dev One rotation waits at a time and each waits 30 days: four seats can replace a fifth that is gone, and cannot
/// replace one that is there. A seat may be a contract wallet (ERC-1271).
contract Vault is IVault, EIP712 {
  /// @notice How long a seat has to show itself, in seconds
  uint256 public constant ROTATION_DELAY = 30 days;

  uint256 private constant _SEATS = 5;
  bytes32 private constant _PAYMENT = keccak256(
    "Payment(address target,uint256 value,bytes data,uint256 deadline,uint256 nonce,uint256 seatSet)"
  );
  bytes32 private constant _ROTATION = keccak256(
    "Rotation(uint256 seat,address replacement,uint256 deadline,uint256 nonce,uint256 seatSet)"
  );

  address[5] private _seats;
  uint256 private _nonce;
  uint256 private _seatSet;
  Rotation private _rotation;

  /// @param keys the five keys, all different
  constructor(address[5] memory keys) EIP712("MZ Vault", "1") {
    for (uint256 i; i < _SEATS; ++i) {
      _checkNewKey(i, keys[i]);
      _seats[i] = keys[i];
    }
  }

  /// @notice Takes ether from anyone
  receive() external payable {
    emit Received(msg.sender, msg.value);
  }

  /// @inheritdoc IVault
  // Where the money goes is what all five have signed.
  // slither-disable-next-line arbitrary-send-eth
  function execute(
    address target,
    uint256 value,
    bytes calldata data,
    uint256 deadline,
    bytes[5] calldata signatures
  ) external returns (bytes memory answer) {
    _checkSignatures(digestOf(target, value, data, deadline), deadline, signatures, _SEATS);
    uint256 used = _nonce++;
    if (_rotation.replacement != address(0)) _void();
    emit Executed(used, target, value, data);

    bool ok;
    // solhint-disable-next-line avoid-low-level-calls
    (ok, answer) = target.call{value: value}(data);
    if (!ok) revert VaultCallFailed(target, answer);
  }

  /// @inheritdoc IVault
  function proposeRotation(uint256 seat, address replacement, uint256 deadline, bytes[5] calldata signatures) external {
    if (_rotation.replacement != address(0)) revert VaultRotationPending(_rotation.seat, _rotation.ready);
    if (seat >= _SEATS) revert VaultSeatInvalid(seat, replacement);
    _checkNewKey(seat, replacement);
    _checkSignatures(rotationDigestOf(seat, replacement, deadline), deadline, signatures, seat);
    ++_nonce;

    uint256 ready = block.timestamp + ROTATION_DELAY;
    _rotation = Rotation({seat: uint8(seat), replacement: replacement, ready: uint48(ready)});
    emit SeatRotationProposed(seat, _seats[seat], replacement, ready);
  }

  /// @inheritdoc IVault
  function object() external {
    if (_rotation.replacement == address(0)) revert VaultRotationMissing();
    if (msg.sender != _seats[_rotation.seat]) revert VaultNotSeat(msg.sender);
    _void();
  }

  /// @inheritdoc IVault
  function completeRotation() external {
    Rotation memory waiting = _rotation;
    if (waiting.replacement == address(0)) revert VaultRotationMissing();
    if (block.timestamp < waiting.ready) revert VaultRotationEarly(waiting.ready);
    delete _rotation;

    address former = _seats[waiting.seat];
    _seats[waiting.seat] = waiting.replacement;
    emit SeatRotated(waiting.seat, former, waiting.replacement, ++_seatSet);
  }

  /// @inheritdoc IVault
  function seats() external view returns (address[5] memory) {
    return _seats;
  }

  /// @inheritdoc IVault
  function seatSet() external view returns (uint256) {
    return _seatSet;
  }

  /// @inheritdoc IVault
  function nonce() external view returns (uint256) {
    return _nonce;
  }

  /// @inheritdoc IVault
  function rotation() external view returns (Rotation memory) {
    return _rotation;
  }

  /// @inheritdoc IVault
  function digestOf(
    address target,
    uint256 value,
    bytes calldata data,
    uint256 deadline
  ) public view returns (bytes32) {
    bytes32 what = keccak256(data);
    return _hashTypedDataV4(keccak256(abi.encode(_PAYMENT, target, value, what, deadline, _nonce, _seatSet)));
  }

  /// @inheritdoc IVault
  function rotationDigestOf(uint256 seat, address replacement, uint256 deadline) public view returns (bytes32) {
    return _hashTypedDataV4(keccak256(abi.encode(_ROTATION, seat, replacement, deadline, _nonce, _seatSet)));
  }

  function _void() private {
    Rotation memory waiting = _rotation;
    delete _rotation;
    emit SeatRotationVoided(waiting.seat, _seats[waiting.seat], waiting.replacement);
  }

  /// @param absent the seat whose signature is not asked for, 5: none
  function _checkSignatures(
    bytes32 digest,
    uint256 deadline,
    bytes[5] calldata signatures,
    uint256 absent
  ) private view {
    if (block.timestamp > deadline) revert VaultExpired(deadline);
    for (uint256 i; i < _SEATS; ++i) {
      if (i == absent) continue;
      address key = _seats[i];
      if (!SignatureChecker.isValidSignatureNow(key, digest, signatures[i])) revert VaultSignatureInvalid(i, key);
    }
  }

  function _checkNewKey(uint256 seat, address key) private view {
    if (key == address(0) || key == address(this)) revert VaultSeatInvalid(seat, key);
    for (uint256 i; i < _SEATS; ++i) {
      if (_seats[i] == key) revert VaultSeatInvalid(seat, key);
    }
  }
}
