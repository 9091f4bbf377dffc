"""Instructions: each processor concerned is told by one letter what to do with a person's data; here the list of a matter.

A demand whose rule names what processors are asked (desk.law.asks) is drafted by a job (desk.deed.drafting): one instruction a
processor. Nothing leaves before staff release it (`releasing`), and staff judge what it did (`judgements`). What a processor
confirmed proves the steps of the demands (`confirmed`); the requester hears nothing before that.
"""

from datetime import datetime

from desk.errors import Refused
from desk.ticket import legs, topic
from models import Instruction, InstructionState, Ticket

# What has been said to a processor and is not over.
PENDING = frozenset({InstructionState.RELEASED, InstructionState.TOLD, InstructionState.BOUNCED, InstructionState.ANSWERED})
JUDGED = frozenset({InstructionState.DONE, InstructionState.PARTLY, InstructionState.REFUSED})
# The longest words that go into a letter: of the person, of what is to be corrected, of a judgement.
LONGEST = 2000


async def of(ticket: Ticket) -> list[Instruction]:
    """Every instruction of a matter, the oldest first."""
    return await Instruction.filter(ticket_id__in=await legs.numbers(ticket)).order_by("id")


async def drafts(ticket: Ticket) -> list[Instruction]:
    """What waits for a release."""
    return [one for one in await of(ticket) if one.state == InstructionState.DRAFTED]


async def held(number: int) -> tuple[Instruction, Ticket]:
    """An instruction and the ticket in which its matter goes on, which is held. Raises Refused."""
    found = await legs.locked_with(Instruction, number)
    if found is None:
        raise Refused("This instruction does not exist.")
    return found


async def show(ticket: Ticket, now: datetime, *, anew: bool = False) -> None:
    """Have the list of processors in the topic show the present state; `anew` below everything that was said since."""
    await topic.show_processors(await legs.head(ticket), now, anew=anew)
