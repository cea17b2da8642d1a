// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IRetirable} from "contracts/registry/IRetirable.sol";
import {ITemplates} from "contracts/registry/ITemplates.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {IWorks} from "contracts/works/IWorks.sol";
import {ITipJar} from "./ITipJar.sol";

/// @title Tip jar
/// @notice Takes tips with a memo for a person or for a registered work and passes them on at once.
/// @dev Every jar is a whole contract that depends on no other template code. There is nothing in it to change, only an
/// end: a work's tips follow the work's payee.
contract TipJar is ITipJar, IInstance, IRetirable {
  using SafeERC20 for IERC20;

  uint256 private constant _MEMO_MOST = 280;

  address private immutable _TILL;
  IERC20 private immutable _MZ;
  IWorks private immutable _WORKS;
  ITemplates private immutable _TEMPLATES;
  address private immutable _PERSON;

  /// @inheritdoc ITipJar
  uint256 public immutable work;
  /// @inheritdoc ITipJar
  uint256 public immutable least;

  /// @dev One slot, which every tip writes: that a jar may end costs a tip nothing.
  uint120 private _count;
  bool private _ended;
  uint128 private _total;

  /// @param person who is tipped, unless it is a work
  /// @param work_ the registered work that is tipped; 0 when it is a person
  /// @param least_ the smallest tip, in wei of MZ
  constructor(
    address till,
    IERC20 mz,
    IWorks works,
    ITemplates templates,
    address person,
    uint256 work_,
    uint96 least_
  ) {
    require(person != address(0) || work_ != 0, TipRecipientEmpty());

    _TILL = till;
    _MZ = mz;
    _WORKS = works;
    _TEMPLATES = templates;
    _PERSON = person;
    work = work_;
    least = least_;
    // A work that nobody registered has no payee, and says so here.
    // slither-disable-next-line unused-return
    if (work_ != 0) works.ownerOf(work_);
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token,
    uint256 gross,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4) {
    require(msg.sender == _TILL, TipCallerNotTill(msg.sender));
    require(token == address(_MZ), TipTokenRefused(token));
    require(!_ended, TipJarEnded());
    require(gross >= least, TipTooSmall(least, gross));
    string memory memo = data.length == 0 ? "" : abi.decode(data, (string));
    require(bytes(memo).length <= _MEMO_MOST, TipMemoTooLong(bytes(memo).length, _MEMO_MOST));

    ++_count;
    _total += uint128(gross);
    address to = recipient();
    emit Tipped(payer, to, ref, gross, net, memo);
    _MZ.safeTransfer(to, net);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert TipTakesNoDeposit();
  }

  /// @inheritdoc IRetirable
  function onRetire() external returns (bytes4) {
    bool asked = msg.sender == address(_TEMPLATES) && _TEMPLATES.makerOf(address(this)) == address(0);
    require(asked, TipCallerNotRegistry(msg.sender));
    // Anyone can make a jar for anyone, but not take it away from them.
    address keeper = work == 0 ? _PERSON : _WORKS.ownerOf(work);
    address owner = _TEMPLATES.ownerOf(address(this));
    require(owner == keeper, TipJarNotOwned(keeper, owner));

    _ended = true;
    collect(_MZ);
    return IRetirable.onRetire.selector;
  }

  /// @inheritdoc ITipJar
  function tips() external view returns (uint128 count, uint128 total) {
    return (_count, _total);
  }

  /// @inheritdoc ITipJar
  function isOpen() external view returns (bool) {
    return !_ended;
  }

  /// @inheritdoc ITipJar
  function collect(IERC20 token) public returns (uint256 amount) {
    amount = token.balanceOf(address(this));
    token.safeTransfer(recipient(), amount);
  }

  /// @inheritdoc ITipJar
  function recipient() public view returns (address) {
    return work == 0 ? _PERSON : _WORKS.payeeOf(work);
  }
}
