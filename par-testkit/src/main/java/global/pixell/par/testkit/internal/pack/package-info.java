/** Packs the folders of agent authors reproducibly. */
@NullMarked
package global.pixell.par.testkit.internal.pack;

import org.jspecify.annotations.NullMarked;
