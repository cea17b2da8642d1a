// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {IAgreement} from "./IAgreement.sol";

/// @title What was agreed, and what a party signs
/// @dev Knows the arguments and nothing else.
abstract contract AgreementTerms is IAgreement, EIP712 {
  using Memory for bytes;
  using Memory for Memory.Slice;

  struct Arguments {
    address[] parties;
    bytes32 text;
    address token;
    uint96 price;
    uint8 delivery;
    address asset;
    uint256 quantity;
    uint48 signBy;
    uint48 performBy;
    uint32 objection;
    uint32 ruling;
    address arbiter;
  }

  uint256 private constant _MOST_PARTIES = 8;
  /// @dev Bytes before the number of parties, of each party, and with one of them.
  uint256 private constant _FIXED = 157;
  uint256 private constant _PARTY = 20;
  uint256 private constant _LEAST = 178;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;
  bytes32 private constant _AGREEMENT = keccak256("Agreement(address party,bytes32 text,bytes32 terms)");

  address private immutable _IMPLEMENTATION = address(this);

  constructor() EIP712("Signed agreement", "1") {}

  /// @inheritdoc IAgreement
  function isParty(address account) external view returns (bool found) {
    (found, ) = _find(_arguments(), account);
  }

  /// @inheritdoc IAgreement
  function parties() external view returns (address[] memory) {
    return _arguments().parties;
  }

  /// @inheritdoc IAgreement
  function payer() external view returns (address) {
    return _arguments().parties[0];
  }

  /// @inheritdoc IAgreement
  function performer() external view returns (address) {
    return _arguments().parties[1];
  }

  /// @inheritdoc IAgreement
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc IAgreement
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc IAgreement
  function price() external view returns (uint256) {
    return _arguments().price;
  }

  /// @inheritdoc IAgreement
  function goods() external view returns (Delivery kind, address source, uint256 amount) {
    Arguments memory given = _arguments();
    return (Delivery(given.delivery), given.asset, given.quantity);
  }

  /// @inheritdoc IAgreement
  function asset() external view returns (address) {
    return _arguments().asset;
  }

  /// @inheritdoc IAgreement
  function quantity() external view returns (uint256) {
    return _arguments().quantity;
  }

  /// @inheritdoc IAgreement
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  /// @inheritdoc IAgreement
  function digestOf(address party) external view returns (bytes32) {
    return _digestOf(party, _arguments().text);
  }

  function _digestOf(address party, bytes32 text_) internal view returns (bytes32) {
    bytes32 terms = keccak256(_encoded());
    return _hashTypedDataV4(keccak256(abi.encode(_AGREEMENT, party, text_, terms)));
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, AgreementNotAllowed(allowed, msg.sender));
  }

  /// @dev Packed in the clone's code: what has a fixed size at its fixed place, then a byte with the number of parties
  /// and the parties.
  function _arguments() internal view returns (Arguments memory given) {
    bytes memory encoded = _encoded();
    require(encoded.length >= _LEAST, AgreementTermsInvalid());
    uint256 count = uint8(encoded[_FIXED]);
    require(encoded.length == _FIXED + 1 + count * _PARTY, AgreementTermsInvalid());

    (bytes32 text_, bytes32 b, bytes32 c, bytes32 d, bytes32 e) = abi.decode(
      encoded,
      (bytes32, bytes32, bytes32, bytes32, bytes32)
    );
    given.text = text_;
    (given.token, given.price) = (address(bytes20(b)), uint96(bytes12(b << 160)));
    (given.delivery, given.asset) = (uint8(bytes1(c)), address(bytes20(c << 8)));
    given.quantity = uint256((c << 168) | (d >> 88));
    (given.signBy, given.performBy) = (uint48(bytes6(d << 168)), uint48(bytes6((d << 216) | (e >> 40))));
    (given.objection, given.ruling) = (uint32(bytes4(e << 8)), uint32(bytes4(e << 40)));
    given.arbiter = address(bytes20(e << 72));

    given.parties = new address[](count);
    Memory.Slice words = encoded.asSlice();
    for (uint256 seat = 0; seat < count; ++seat) {
      given.parties[seat] = address(bytes20(words.load(_FIXED + 1 + seat * _PARTY)));
    }
  }

  function _checkTerms(Arguments memory given) internal pure {
    uint256 count = given.parties.length;
    bool sound = count >= 2 && count <= _MOST_PARTIES && given.delivery <= uint8(type(Delivery).max);
    for (uint256 seat = 0; sound && seat < count; ++seat) {
      (, uint256 first) = _find(given, given.parties[seat]);
      sound = given.parties[seat] != address(0) && given.parties[seat] != given.arbiter && first == seat;
    }
    if (given.delivery == uint8(Delivery.Duty)) {
      bool timely = given.objection >= 1 days && given.ruling >= 1 days && given.signBy <= given.performBy;
      sound = sound && given.asset == address(0) && given.quantity == 0 && (given.price == 0 || timely);
    } else {
      bool named = given.asset != address(0) && given.asset != given.token && given.signBy <= given.performBy;
      sound = sound && named && (given.delivery == uint8(Delivery.Item) || given.quantity != 0);
    }
    require(sound, AgreementTermsInvalid());
  }

  function _find(Arguments memory given, address party) internal pure returns (bool found, uint256 seat) {
    for (; seat < given.parties.length; ++seat) {
      if (given.parties[seat] == party) return (true, seat);
    }
    return (false, 0);
  }

  function _expiry(Arguments memory given) internal pure returns (uint256) {
    return uint256(given.performBy) + given.objection + given.ruling + _GRACE;
  }

  function _encoded() private view returns (bytes memory) {
    require(address(this) != _IMPLEMENTATION, AgreementBareImplementation());
    return Clones.fetchCloneArgs(address(this));
  }
}
