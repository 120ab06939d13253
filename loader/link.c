/* SPDX-License-Identifier: BSD-2-Clause
 *
 * link() is the table of contents of the linker: the stages in order, and what
 * holds between them.
 */
#include "loader.h"

/* ---- Steps that belong to no other file --------------------------------- */

static bool output_in_memory(const struct link *link)
{
    return link->request->output == BOOTLINK_IN_MEMORY;
}

/* What the script made of bootlink_slide. */
static void describe_slide(struct link *link)
{
    const struct symbol *slide = symbol_find(link, SPAN("bootlink_slide"));
    if (!slide || !slide->is_read || slide->state == SYMBOL_UNDEFINED)
        return;
    link->image->slide = symbol_address(slide);
    link->image->slide_used = true;
}

/* What an image in memory, or a file, needs to be described. */
static bool describe(struct link *link)
{
    describe_slide(link);
    if (output_in_memory(link))
        return pages_plan(link) && exports_fill(link);
    return link->extras.segments_plan(link);
}

/* ---- The passes --------------------------------------------------------- */

/* A pass reports everything that it finds wrong, and the next one starts only
 * if it found nothing. */
static bool link_files(struct link *link)
{
    /* clang-format off */
    return
        /* Open inputs, resolve. The scripts are read. */
        link_pass(link, link->scripts.link_refer) && /* the first references of all */
        link_pass(link, link->extras.names_enter) && /* -u, --wrap ... */
        inputs_open(link) &&     /* objects, members on demand; who defines what */
        link_enter(link, LINK_RESOLVING) &&
        link_pass(link, link->scripts.versions_settle) && /* f@V may mean f */
        (link_is_module(link) || /* no command is added */
         link->scripts.script_insert(link->world, &link->script)) &&
        regions_open(link) &&    /* MEMORY */
        marks_read(link) &&      /* what EXPORT_SYMBOL, module_init ... mark */
        imports_enter(link) &&   /* what other images export */
        /* No object is added below this line. */

        /* Select. */
        link_enter(link, LINK_SELECTING) &&
        parameters_read(link) && /* values of module_param */
        script_claim(link) &&    /* common symbols that the script places */
        link_pass(link, link->scripts.warnings_collect) && /* what objects say in .gnu.warning */
        sections_select(link) && /* common symbols become sections */
        link_pass(link, link->extras.sections_inflate) && /* compressed ones become what they were */
        link_pass(link, link->extras.build_id_make) &&   /* .note.gnu.build-id, .note.package */
        link_pass(link, link->scripts.properties_merge) && /* one .note.gnu.property of all */
        link_pass(link, link->extras.gc_sections) &&     /* what nothing reaches is left out */
        script_foresee(link) &&  /* which symbols the script will define */
        got_plan(link) &&        /* relocations are checked; GOT loads relaxed */
        link_pass(link, link->extras.eh_frame_hdr_make) && /* if it is asked for */
        /* No section is added below this line. */

        /* Place. */
        link_enter(link, LINK_PLACING) &&
        script_match(link) &&    /* which pattern takes which section */
        link_order_discard(link) && /* what describes what is not in it */
        outputs_create(link) &&  /* output sections and what they are made of */
        orphans_place(link) &&   /* what no pattern took */
        link_pass(link, link->scripts.merge_sections) && /* equal strings and constants become one */
        link_pass(link, link->scripts.eh_frame_edit) && /* unwind tables of what is in the output */
        layout(link) &&          /* addresses, sizes, symbols of the script */
        tls_place(link) &&       /* where thread-local variables lie */
        link_pass(link, link->scripts.crossrefs_check) && /* NOCROSSREFS */
        link_pass(link, link->scripts.link_find_entry) &&
        link_pass(link, link->extras.names_check) && /* --require-defined */
        /* Every address is fixed below this line. */

        /* Tables, emit. */
        link_enter(link, LINK_TABLES) &&
        link_pass(link, link->scripts.pieces_leave) && /* what follows outlives files */
        image_allocate(link) &&  /* where to write, and where that is loaded */
        describe(link) &&        /* pages and symbols, or program headers */
        link_enter(link, LINK_EMITTING) &&
        image_emit(link) &&      /* copy, relocate, zero */
        parameters_write(link) && /* into variables */
        link_pass(link, link->extras.eh_frame_hdr_fill);
    /* clang-format on */
}

/* What the scripts say decides, too, what the output is. */
static bool run_passes(struct link *link)
{
    link_enter(link, LINK_OPENING);
    if (link->request->shared && link->request->shared->is_input(link))
        return link->request->shared->link(link);
    if (link_is_module(link))
        return module_layout(link) && link_files(link);
    struct executable *executable = link->scripts.executable_open(link);
    if (executable)
        return link->scripts.executable_link(executable);
    if (!link->scripts.scripts_read(link)) /* the layout, --defsym before it */
        return false;
    if (link_is_relocatable(link))
        return link->extras.link_object(link);
    return link_is_flat(link) ? link->extras.link_flat(link) : link_files(link);
}

/* If one of the two is said, the other one follows, but in a file the
 * alignment of segments only follows the former. */
static void set_page_sizes(struct link *link)
{
    uint64_t most = link->request->page_size;
    uint64_t common = link->request->common_page_size;
    link->page_size = most ? most : common > 4096 ? common : 4096;
    link->file_page_size = most ? most : 4096;
    link->common_page_size = common                   ? common
                             : link->page_size < 4096 ? link->page_size
                                                      : 4096;
}

static struct link *link_open(const struct bootlink_world *world,
                              const struct bootlink_request *request,
                              struct bootlink_image *image)
{
    struct arena arena = arena_open(world, BOOTLINK_MEMORY_SCRATCH);
    struct link *link = arena_new(&arena, struct link);
    struct bootlink_request *copy = arena_new(&arena, struct bootlink_request);
    bool *starts_used = arena_array(&arena, request->start_count, bool);
    if (!link || !copy || !starts_used) {
        arena_close(&arena);
        return NULL;
    }
    *copy = *request;
    *image = (struct bootlink_image){.link = link};
    link->world = world;
    link->request = copy;
    if (request->scripts)
        link->scripts = *request->scripts;
    if (request->extras)
        link->extras = *request->extras;
    link->image = image;
    link->lets_go = request->observer && request->observer->left;
    link->arena = arena;
    link->passing = arena_open(world, BOOTLINK_MEMORY_SCRATCH);
    link->starts_used = starts_used;
    link->last_object = &link->objects;
    set_page_sizes(link);
    return link;
}

/* What it asks for must be there. */
static bool check_extras(const struct bootlink_world *world,
                         const struct bootlink_request *request)
{
    bool wants_any = request->output != BOOTLINK_IN_MEMORY ||
                     request->gc_sections || request->eh_frame_hdr ||
                     request->build_id.size || request->package_note.size ||
                     request->inflate || request->undefined_count ||
                     request->required_count || request->wrapped_count ||
                     request->ignored_undefined_count;
    return !wants_any || request->extras ||
           report_error(world, BOOTLINK_UNSUPPORTED,
                        "this program links in memory only, and leaves no "
                        "section out; give the request bootlink_extras");
}

/* Likewise of what reads scripts. */
static bool check_scripts(const struct bootlink_world *world,
                          const struct bootlink_request *request)
{
    bool wants_any = request->script.size || request->definitions.size ||
                     request->output != BOOTLINK_IN_MEMORY;
    return !wants_any || request->scripts ||
           report_error(world, BOOTLINK_UNSUPPORTED,
                        "this program links modules only, and reads no "
                        "script; give the request bootlink_scripts");
}

bool bootlink_link(const struct bootlink_world *world,
                   const struct bootlink_request *request,
                   struct bootlink_image *image)
{
    if (!check_extras(world, request) || !check_scripts(world, request))
        return false;
    struct link *link = link_open(world, request, image);
    if (!link)
        return false;
    bool linked =
        run_passes(link) && link->error_count == 0 && !link->arena.failed;
    link_enter(link, LINK_ENDED);
    if (linked)
        return true;
    image_release(link);
    bootlink_close(image);
    return false;
}

/* ---- Afterwards --------------------------------------------------------- */

uint64_t bootlink_lookup(const struct bootlink_image *image,
                         struct bootlink_span name)
{
    const struct symbol *symbol = symbol_find(image->link, name);
    return symbol ? symbol_address(symbol) : 0;
}

void bootlink_close(struct bootlink_image *image)
{
    struct link *link = image->link;
    if (!link)
        return;
    image->link = NULL;
    if (!output_in_memory(link))
        image_release(link);
    arena_close(&link->passing);
    struct arena arena = link->arena; /* the link lies in its own arena */
    arena_close(&arena);
}
