// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
// solhint-disable-next-line max-line-length
import {GovernorSequentialProposalId} from "@openzeppelin/contracts/governance/extensions/GovernorSequentialProposalId.sol";
import {GovernorStorage} from "@openzeppelin/contracts/governance/extensions/GovernorStorage.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IInstance} from "contracts/till/IInstance.sol";
import {ITill} from "contracts/till/ITill.sol";
import {IAssembly} from "./IAssembly.sol";

/// @title Simple governance
/// @notice An OpenZeppelin Governor in which votes are deposits.
/// @dev A clone: its arguments are in its code and stand in for the Governor's settings. Its own funds are what it may
/// pay; the deposits are in the Till, one pot for each proposal, and the Till is no target of any decision.
contract Assembly is IAssembly, IInstance, GovernorCountingSimple, GovernorSequentialProposalId, GovernorStorage {
  struct Arguments {
    address token;
    uint96 quorum;
    uint96 threshold;
    uint16 majorityBps;
    uint16 graveBps;
    uint32 notice;
    uint32 period;
    uint32 delay;
    uint32 window;
  }

  uint256 private constant _BPS = 10_000;
  /// @dev After the vote, for whoever sends the deposits back; then the Till does.
  uint256 private constant _GRACE = 90 days;

  ITill private immutable _TILL;
  address private immutable _IMPLEMENTATION = address(this);

  mapping(uint256 proposal => Kind) private _kinds;
  /// @dev What the Till is announcing right now: the weight of the vote that is being cast.
  uint256 private transient _weight;

  constructor(ITill till) Governor("Assembly") {
    _TILL = till;
  }

  /// @inheritdoc IInstance
  function onHold(
    address payer,
    address currency,
    uint256 gross,
    bytes32 ref,
    bytes calldata data
  ) external returns (bytes4, uint256) {
    Arguments memory given = _arguments();
    require(msg.sender == address(_TILL), AssemblyCallerNotTill(msg.sender));
    require(currency == given.token, AssemblyTokenRefused(currency));

    _weight = gross;
    _castVote(uint256(ref), payer, abi.decode(data, (uint8)), "");
    _weight = 0;
    return (IInstance.onHold.selector, proposalDeadline(uint256(ref)) + _GRACE);
  }

  /// @inheritdoc IInstance
  function onPayment(address, address, uint256, uint256, bytes32, bytes calldata) external pure returns (bytes4) {
    revert AssemblyTakesNoPayment();
  }

  /// @inheritdoc IAssembly
  function proposeOpinion(string calldata description) external returns (uint256) {
    return _proposeOne(address(this), 0, "", description);
  }

  /// @inheritdoc IAssembly
  function proposePayment(
    address asset,
    address to,
    uint256 amount,
    string calldata description
  ) external returns (uint256) {
    if (asset == address(0)) return _proposeOne(to, amount, "", description);
    return _proposeOne(asset, 0, abi.encodeCall(IERC20.transfer, (to, amount)), description);
  }

  /// @inheritdoc IAssembly
  function proposeCall(address target, bytes calldata data, string calldata description) external returns (uint256) {
    return _proposeOne(target, 0, data, description);
  }

  /// @inheritdoc IAssembly
  function carryOut(uint256 proposal) external {
    execute(proposal);
  }

  /// @inheritdoc IAssembly
  function giveBack(uint256 proposal, address voter) external returns (uint256 amount) {
    require(isOver(proposal), AssemblyVoteOpen(proposalDeadline(proposal)));
    return _TILL.refund(_arguments().token, refOf(proposal), voter);
  }

  /// @inheritdoc IAssembly
  function check() external view {
    Arguments memory given = _arguments();
    bool fair = given.majorityBps >= _BPS / 2 && given.graveBps >= given.majorityBps && given.graveBps < _BPS;
    bool timely = given.period >= 1 hours && given.window >= 1 hours;
    require(given.token != address(0) && given.quorum != 0 && fair && timely, AssemblyTermsInvalid());
  }

  /// @inheritdoc IAssembly
  function standing(
    uint256 proposal
  ) external view returns (uint256 phase, Kind kind, uint256 ends, uint256 against, uint256 favour, uint256 abstained) {
    (against, favour, abstained) = proposalVotes(proposal);
    return (uint256(state(proposal)), _kinds[proposal], proposalDeadline(proposal), against, favour, abstained);
  }

  /// @inheritdoc IAssembly
  function isOpen(uint256 proposal) external view returns (bool) {
    return state(proposal) == ProposalState.Active;
  }

  /// @inheritdoc IAssembly
  function isExecutable(uint256 proposal) external view returns (bool) {
    (uint256 first, ) = executionOf(proposal);
    return state(proposal) == ProposalState.Succeeded && block.timestamp >= first;
  }

  /// @inheritdoc IAssembly
  function isAccepted(uint256 proposal) external view returns (bool) {
    return state(proposal) == ProposalState.Succeeded;
  }

  /// @inheritdoc IAssembly
  function lastOf(uint256 proposal) external view returns (uint256 last) {
    (, last) = executionOf(proposal);
  }

  /// @inheritdoc IAssembly
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc IAssembly
  function rules()
    external
    view
    returns (uint256 least, uint256 majority, uint256 graveMajority, uint256 notice, uint256 period)
  {
    Arguments memory given = _arguments();
    return (given.quorum, given.majorityBps, given.graveBps, given.notice, given.period);
  }

  /// @notice Refused for the Till: it holds the voters' deposits.
  function relay(address target, uint256 value, bytes calldata data) public payable override {
    _checkTarget(target);
    super.relay(target, value, data);
  }

  /// @inheritdoc Governor
  function state(uint256 proposal) public view override returns (ProposalState found) {
    found = super.state(proposal);
    if (found != ProposalState.Succeeded) return found;
    (, uint256 last) = executionOf(proposal);
    return block.timestamp > last ? ProposalState.Expired : found;
  }

  /// @inheritdoc Governor
  function getProposalId(
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    bytes32 descriptionHash
  ) public view override(Governor, GovernorSequentialProposalId) returns (uint256) {
    return super.getProposalId(targets, values, calldatas, descriptionHash);
  }

  /// @notice What must be held to propose.
  function proposalThreshold() public view override returns (uint256) {
    return _arguments().threshold;
  }

  /// @notice How many seconds before a vote it is announced.
  function votingDelay() public view override returns (uint256) {
    return _arguments().notice;
  }

  /// @notice How many seconds a vote lasts.
  function votingPeriod() public view override returns (uint256) {
    return _arguments().period;
  }

  /// @notice What must at least be deposited in favour or as abstention; twice as much for grave proposals.
  function quorum(uint256) public view override returns (uint256) {
    return _arguments().quorum;
  }

  /// @notice Seconds since 1970, ERC-6372.
  function clock() public view override returns (uint48) {
    return uint48(block.timestamp);
  }

  /// @notice ERC-6372.
  // solhint-disable-next-line func-name-mixedcase
  function CLOCK_MODE() public pure override returns (string memory) {
    return "mode=timestamp";
  }

  /// @inheritdoc IAssembly
  function isOver(uint256 proposal) public view returns (bool) {
    ProposalState found = state(proposal);
    return found != ProposalState.Pending && found != ProposalState.Active;
  }

  /// @inheritdoc IAssembly
  function executionOf(uint256 proposal) public view returns (uint256 first, uint256 last) {
    Arguments memory given = _arguments();
    first = proposalDeadline(proposal) + given.delay + 1;
    return (first, first + given.window);
  }

  /// @inheritdoc IAssembly
  function refOf(uint256 proposal) public pure returns (bytes32) {
    return bytes32(proposal);
  }

  function _propose(
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    string memory description,
    address proposer
  ) internal override(Governor, GovernorSequentialProposalId, GovernorStorage) returns (uint256 proposal) {
    proposal = super._propose(targets, values, calldatas, description, proposer);
    Kind kind = Kind.Opinion;
    for (uint256 step = 0; step < targets.length; ++step) {
      _checkTarget(targets[step]);
      Kind one = _kindOf(targets[step], values[step], calldatas[step]);
      if (one > kind) kind = one;
    }
    _kinds[proposal] = kind;
    emit ProposalRanked(proposal, kind);
  }

  function _castVote(
    uint256 proposal,
    address account,
    uint8 support,
    string memory reason,
    bytes memory params
  ) internal override returns (uint256) {
    require(_weight != 0, AssemblyVotesByDeposit());
    return super._castVote(proposal, account, support, reason, params);
  }

  function _executeOperations(
    uint256 proposal,
    address[] memory targets,
    uint256[] memory values,
    bytes[] memory calldatas,
    bytes32 descriptionHash
  ) internal override {
    (uint256 first, ) = executionOf(proposal);
    require(block.timestamp >= first, AssemblyTooEarly(first));
    super._executeOperations(proposal, targets, values, calldatas, descriptionHash);
  }

  /// @dev A deposit while it is announced; otherwise what an account could deposit, which is what proposers must have.
  function _getVotes(address account, uint256, bytes memory) internal view override returns (uint256) {
    return _weight != 0 ? _weight : IERC20(_arguments().token).balanceOf(account);
  }

  function _quorumReached(uint256 proposal) internal view override(Governor, GovernorCountingSimple) returns (bool) {
    (, uint256 favour, uint256 abstained) = proposalVotes(proposal);
    uint256 least = quorum(0) * (_kinds[proposal] == Kind.Grave ? 2 : 1);
    return favour + abstained >= least;
  }

  function _voteSucceeded(uint256 proposal) internal view override(Governor, GovernorCountingSimple) returns (bool) {
    Arguments memory given = _arguments();
    (uint256 against, uint256 favour, ) = proposalVotes(proposal);
    uint256 bps = _kinds[proposal] == Kind.Grave ? given.graveBps : given.majorityBps;
    return favour * _BPS > (favour + against) * bps;
  }

  function _proposeOne(
    address target,
    uint256 value,
    bytes memory data,
    string calldata description
  ) private returns (uint256) {
    address[] memory targets = new address[](1);
    uint256[] memory values = new uint256[](1);
    bytes[] memory calldatas = new bytes[](1);
    (targets[0], values[0], calldatas[0]) = (target, value, data);
    return propose(targets, values, calldatas, description);
  }

  function _kindOf(address target, uint256 value, bytes memory data) private view returns (Kind) {
    if (data.length == 0) return target == address(this) && value == 0 ? Kind.Opinion : Kind.Payment;
    bool transfer = data.length == 68 && bytes4(data) == IERC20.transfer.selector && value == 0;
    return transfer && target != address(this) ? Kind.Payment : Kind.Grave;
  }

  function _checkTarget(address target) private view {
    require(target != address(_TILL), AssemblyTargetRefused(target));
  }

  function _arguments() private view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, AssemblyBareImplementation());
    return abi.decode(Clones.fetchCloneArgs(address(this)), (Arguments));
  }
}
