// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ExpansionVault} from "./ExpansionVault.sol";
import {IEcosystemToken} from "./IEcosystemToken.sol";

/// @title Ecosystem token
/// @notice All tokens from the start, votes in time, and buybacks that freeze again what projects received.
/// @dev Every token is a whole contract of its own. MZ here belongs to open rounds; what came by other ways is apart.
contract EcosystemToken is ExpansionVault, ERC20Permit, ERC20Votes, IInstance {
  using SafeERC20 for IERC20;

  struct Round {
    uint128 left;
    uint96 price;
    uint48 until;
  }

  uint256 private constant _WHOLE = 1e8;

  address private immutable _TILL;
  IERC20 private immutable _MZ;
  uint256 private immutable _ROUND;

  uint256 private _budgets;
  mapping(uint256 project => Round) private _rounds;

  /// @param name_ such as "ZZM"
  /// @param symbol_ such as "ZZM"
  /// @param tokens how many whole tokens there will ever be
  /// @param holders who receives the second, third and fourth part: investors, team, rewards
  /// @param parts of the vault, investors, team and rewards, in basis points
  /// @param round how long a buyback lasts, in seconds
  constructor(
    address till,
    IERC20 mz,
    address decider_,
    string memory name_,
    string memory symbol_,
    uint64 tokens,
    address[3] memory holders,
    uint16[4] memory parts,
    uint32 notice,
    uint16 mostBps,
    uint32 round
  ) ERC20(name_, symbol_) ERC20Permit(name_) ExpansionVault(decider_, notice, mostBps) {
    (_TILL, _MZ, _ROUND) = (till, mz, round);
    uint256 sum = uint256(parts[0]) + parts[1] + parts[2] + parts[3];
    require(sum == _BPS && tokens != 0 && round >= 1 days, EcosystemTermsInvalid());

    uint256 supply = uint256(tokens) * _WHOLE;
    uint256 frozen = supply;
    for (uint256 i; i < holders.length; ++i) {
      require(holders[i] != address(0), EcosystemTermsInvalid());
      uint256 part = (supply * parts[i + 1]) / _BPS;
      frozen -= part;
      _mint(holders[i], part);
    }
    _mint(address(this), frozen);
    emit Opened(decider_, supply, frozen);
  }

  /// @inheritdoc IInstance
  function onPayment(
    address payer,
    address token_,
    uint256,
    uint256 net,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4) {
    require(msg.sender == _TILL, EcosystemCallerNotTill(msg.sender));
    require(token_ == address(_MZ), EcosystemTokenRefused(token_));
    uint256 number = uint256(ref);
    address wallet = _in(number, State.Released).wallet;
    // A stranger's round of dust would keep the project from its own.
    require(payer == wallet, EcosystemNotAllowed(wallet, payer));
    Round memory round = _rounds[number];
    require(round.until == 0, EcosystemRoundOpen(round.until));
    uint96 price = abi.decode(data, (uint96));
    require(price != 0, EcosystemSaleRefused(0, net));

    uint256 until = block.timestamp + _ROUND;
    (_rounds[number].left, _rounds[number].price) = (uint128(net), price);
    _rounds[number].until = uint48(until);
    _budgets += net;
    emit RoundOpened(number, net, price, until);
    return IInstance.onPayment.selector;
  }

  /// @inheritdoc IInstance
  function onHold(address, address, uint256, bytes32, bytes calldata) external pure returns (bytes4, uint256) {
    revert EcosystemTakesNoDeposit();
  }

  /// @inheritdoc IEcosystemToken
  function sell(uint256 number, uint256 amount, uint256 least) external returns (uint256 paid) {
    Round memory round = _rounds[number];
    require(block.timestamp <= round.until, EcosystemOver(round.until));
    paid = (amount * round.price) / _WHOLE;
    require(paid != 0 && paid >= least && paid <= round.left, EcosystemSaleRefused(paid, round.left));

    _rounds[number].left = uint128(round.left - paid);
    _budgets -= paid;
    _refill(number, amount);
    _MZ.safeTransfer(msg.sender, paid);
  }

  /// @inheritdoc IEcosystemToken
  function closeRound(uint256 number) external returns (uint256 left) {
    Round memory round = _rounds[number];
    require(round.until != 0 && block.timestamp > round.until, EcosystemOver(round.until));

    left = round.left;
    delete _rounds[number];
    _budgets -= left;
    emit RoundClosed(number, left);
    _MZ.safeTransfer(_projects[number].wallet, left);
  }

  /// @inheritdoc IEcosystemToken
  function collect() external returns (uint256 amount) {
    amount = _MZ.balanceOf(address(this)) - _budgets;
    _MZ.safeTransfer(decider, amount);
  }

  /// @inheritdoc IEcosystemToken
  function roundOf(uint256 number) external view returns (uint256 left, uint256 price, uint256 until) {
    Round memory round = _rounds[number];
    return (round.left, round.price, round.until);
  }

  /// @inheritdoc IEcosystemToken
  function roundEnds(uint256 number) external view returns (uint256) {
    return _rounds[number].until;
  }

  /// @inheritdoc IEcosystemToken
  function isBuying(uint256 number) external view returns (bool) {
    return block.timestamp <= _rounds[number].until;
  }

  /// @inheritdoc IEcosystemToken
  function isRoundOver(uint256 number) external view returns (bool) {
    uint256 until = _rounds[number].until;
    return until != 0 && block.timestamp > until;
  }

  /// @inheritdoc IEcosystemToken
  function refOf(uint256 number) external pure returns (bytes32) {
    return bytes32(number);
  }

  /// @notice Votes count by time, in seconds (ERC-6372).
  function clock() public view override returns (uint48) {
    return uint48(block.timestamp);
  }

  /// @notice How many permits and delegations of an account were used.
  function nonces(address account) public view override(ERC20Permit, Nonces) returns (uint256) {
    return super.nonces(account);
  }

  /// @notice The smallest unit is 10^-8.
  function decimals() public pure override returns (uint8) {
    return 8;
  }

  /// @notice How `clock` counts (ERC-6372).
  // The name is the standard's.
  // solhint-disable-next-line func-name-mixedcase
  function CLOCK_MODE() public pure override returns (string memory) {
    return "mode=timestamp";
  }

  function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
    super._update(from, to, value);
  }
}
