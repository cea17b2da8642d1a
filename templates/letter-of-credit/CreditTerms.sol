// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ILetterOfCredit} from "./ILetterOfCredit.sol";

/// @title What the parties of a credit agreed on
/// @dev Knows the arguments and nothing else.
abstract contract CreditTerms is ILetterOfCredit {
  struct Arguments {
    address applicant;
    address beneficiary;
    address issuer;
    address arbiter;
    address token;
    uint96 amount;
    bool parts;
    bytes32[] documents;
    uint48 expires;
    uint32 tenor;
    uint32 examination;
    uint32 appeal;
    uint32 ruling;
    bytes32 text;
  }

  uint256 private constant _MOST_DOCUMENTS = 8;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;

  address private immutable _IMPLEMENTATION = address(this);

  /// @inheritdoc ILetterOfCredit
  function applicant() external view returns (address) {
    return _arguments().applicant;
  }

  /// @inheritdoc ILetterOfCredit
  function beneficiary() external view returns (address) {
    return _arguments().beneficiary;
  }

  /// @inheritdoc ILetterOfCredit
  function issuer() external view returns (address) {
    return _arguments().issuer;
  }

  /// @inheritdoc ILetterOfCredit
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc ILetterOfCredit
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc ILetterOfCredit
  function amount() external view returns (uint256) {
    return _arguments().amount;
  }

  /// @inheritdoc ILetterOfCredit
  function documents() external view returns (string[] memory names) {
    bytes32[] memory required = _arguments().documents;
    names = new string[](required.length);
    for (uint256 place = 0; place < required.length; ++place) names[place] = _name(required[place]);
  }

  /// @inheritdoc ILetterOfCredit
  function terms() external view returns (uint256 expires, bool parts, uint256 tenor) {
    Arguments memory given = _arguments();
    return (given.expires, given.parts, given.tenor);
  }

  /// @inheritdoc ILetterOfCredit
  function expiresOn() external view returns (uint256) {
    return _arguments().expires;
  }

  /// @inheritdoc ILetterOfCredit
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, CreditNotAllowed(allowed, msg.sender));
  }

  /// @dev The arguments were encoded one by one; a struct with a list has its offset before it.
  function _arguments() internal view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, CreditBareImplementation());
    return abi.decode(bytes.concat(bytes32(uint256(32)), Clones.fetchCloneArgs(address(this))), (Arguments));
  }

  function _checkTerms(Arguments memory given) internal pure {
    bool named = given.applicant != address(0) && given.beneficiary != address(0) && given.issuer != address(0);
    bool apart = given.issuer != given.beneficiary && given.arbiter != given.beneficiary;
    apart = apart && given.arbiter != given.applicant && given.arbiter != given.issuer;
    bool timely = given.examination >= 1 days && given.appeal >= 1 days && given.ruling >= 1 days;
    uint256 required = given.documents.length;
    bool complete = given.amount != 0 && required != 0 && required <= _MOST_DOCUMENTS;
    require(named && apart && timely && complete, CreditTermsInvalid());
  }

  /// @dev Text is padded with zeros.
  function _name(bytes32 padded) private pure returns (string memory) {
    uint256 length = 0;
    while (length < 32 && padded[length] != 0) ++length;
    bytes memory name = new bytes(length);
    for (uint256 place = 0; place < length; ++place) name[place] = padded[place];
    return string(name);
  }

  function _expiry(Arguments memory given) internal pure returns (uint256) {
    uint256 decided = uint256(given.expires) + given.examination + given.appeal + given.ruling;
    return decided + given.tenor + _GRACE;
  }
}
